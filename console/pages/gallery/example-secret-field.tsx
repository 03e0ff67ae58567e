import { type ComponentType, listSecretNames } from '@holdfast/api';
import { Anchor, Button, Group, Text } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import type { Example, ExampleSecret } from '../../../examples/index.ts';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { OptionSecretPicker } from '../../forms/option-secret-picker.tsx';
import { SensitiveOptionContext } from '../../forms/sensitive-option-context.ts';
import { secretKindInSentence } from '../../ui/secret-kind-words.ts';
import { Tag } from '../../ui/tag.tsx';
import type { ExampleValues } from './example-values.ts';

interface ExampleSecretFieldProps {
  secret: ExampleSecret;
  example: Example;
  values: ExampleValues;
  projectId: string;
  types: readonly ComponentType[];
  choose: (name: string | null, byHand: boolean) => void;
  /** Opens the dialog that adds it. */
  add: () => void;
}

/** One secret that the example needs: choose one that is there, add it, or leave it for later. */
export function ExampleSecretField({ secret, example, values, projectId, types, choose, add }: ExampleSecretFieldProps) {
  const organization = useOrganization();
  const asked = useRef(false);
  const chosen = values.secrets[secret.name] ?? null;
  const mayAdd = organization.may('secrets:write');
  // One that has the example's own name is meant, until somebody chooses another.
  const named = useEndpoint(
    listSecretNames,
    { params: { project: projectId }, query: { name: secret.name, limit: 1 } },
    { enabled: organization.may('secret-names:read') },
  );
  const isThere = named.data?.items.some(({ name, state }) => name === secret.name && state !== 'expired') ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is found
  useEffect(() => {
    if (!isThere || asked.current) return;
    asked.current = true;
    if (chosen === null) choose(secret.name, false);
  }, [isThere]);

  const use = useMemo(() => placeOf(secret, example), [secret, example]);
  const type = types.find((candidate) => candidate.type === use?.component.type);
  if (use === undefined || type === undefined) return null;
  const { component, option } = use;
  const take = (name: string) => {
    asked.current = true;
    choose(name, true);
  };
  return (
    <section aria-label={secret.name}>
      <Group gap={8} mb={2}>
        <Text fw={600} className="mono" style={{ overflowWrap: 'anywhere' }}>
          {secret.name}
        </Text>
        <Tag>{secretKindInSentence(secret.kind)}</Tag>
      </Group>
      <Text size="sm">{secret.description}</Text>
      <Text size="sm" c="dimmed" mb={8}>
        {secret.obtain}{' '}
        {secret.obtainUrl === undefined ? null : (
          <Anchor href={secret.obtainUrl} target="_blank" rel="noreferrer" size="sm">
            {new URL(secret.obtainUrl).host}
          </Anchor>
        )}
      </Text>
      <SensitiveOptionContext.Provider
        value={{
          projectId,
          type,
          data: { ...component.options, ...values.options[component.key] },
          handles: new Map(),
          addSecret: mayAdd ? add : undefined,
          // Its secrets are added by name, or left for later.
          askForSecret: undefined,
          isAccepted: () => true,
          accept: () => {},
          sealAway: () => undefined,
        }}
      >
        <OptionSecretPicker
          option={option}
          label={secret.name}
          choice={{ source: 'organization-secret', secretName: chosen, state: 'ok' }}
          disabled={false}
          error={undefined}
          prompt="Leave it for later"
          onChoose={(choice) => choice.secretName !== null && take(choice.secretName)}
        />
      </SensitiveOptionContext.Provider>
      <Group gap="xs" mt={6}>
        {mayAdd && chosen === null ? (
          <Button variant="default" size="compact-sm" onClick={add}>
            Add {secret.name}
          </Button>
        ) : null}
        {chosen === null ? null : (
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => {
              asked.current = true;
              choose(null, true);
            }}
          >
            Leave it for later
          </Button>
        )}
      </Group>
    </section>
  );
}

/** The component and option that the secret fills. */
function placeOf(secret: ExampleSecret, { components }: Example) {
  for (const component of components) {
    const [option] = Object.entries(component.secrets).find(([, name]) => name === secret.name) ?? [];
    if (option !== undefined) return { component, option };
  }
  return undefined;
}
