import type { Component, ComponentType } from '@holdfast/api';
import { Text } from '@mantine/core';
import { useOrganization } from '../../api/organization.ts';
import { sensitiveOptionsOf } from '../../forms/form-schema.ts';
import type { SensitiveState } from '../../forms/sensitive-choice.ts';
import { TextLink } from '../../ui/links.tsx';
import { Tag } from '../../ui/tag.tsx';

const STATES: Readonly<Record<Exclude<SensitiveState, 'ok'>, string>> = {
  secret_missing: 'missing',
  secret_expired: 'expired',
  secret_out_of_scope: 'out of scope',
};

/** What fills each sensitive option of a component: secrets by name, a value of its own, or nothing. */
export function SensitiveOptions({ component, types }: { component: Component; types: readonly ComponentType[] }) {
  const type = types.find((candidate) => candidate.type === component.type);
  const titles = new Map(type === undefined ? [] : sensitiveOptionsOf(type).map(([name, schema]) => [name, schema.title ?? name] as const));
  const filled = component.sensitiveOptions.filter((option) => option.source !== 'none');
  if (filled.length === 0) {
    return (
      <Text span c="dimmed">
        none
      </Text>
    );
  }
  return filled.map((option) => (
    <div key={option.option}>
      {option.source === 'own-value' ? (
        <Text span c="dimmed">
          own value
        </Text>
      ) : (
        option.secrets.map((secret) => <NamedSecret key={secret.name} {...secret} />)
      )}
      <Text size="xs" c="dimmed">
        {titles.get(option.option) ?? option.option}
      </Text>
    </div>
  ));
}

function NamedSecret({ name, state }: Component['sensitiveOptions'][number]['secrets'][number]) {
  const organization = useOrganization();
  return (
    <div>
      {organization.may('secrets:read') && state !== 'secret_missing' ? (
        <TextLink
          className="mono"
          to="/organizations/$organization/secrets/$secret"
          params={{ organization: organization.slug, secret: name }}
        >
          {name}
        </TextLink>
      ) : (
        <span className="mono">{name}</span>
      )}{' '}
      {state === 'ok' ? null : <Tag tone="bad">{STATES[state]}</Tag>}
    </div>
  );
}
