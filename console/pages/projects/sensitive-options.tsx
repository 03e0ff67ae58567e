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

/** What fills each sensitive option of a component: a secret by name, a value of its own, or nothing. */
export function SensitiveOptions({ component, types }: { component: Component; types: readonly ComponentType[] }) {
  const organization = useOrganization();
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
      ) : organization.may('secrets:read') && option.state !== 'secret_missing' ? (
        <TextLink
          className="mono"
          to="/organizations/$organization/secrets/$secret"
          params={{ organization: organization.slug, secret: option.secretName ?? '' }}
        >
          {option.secretName}
        </TextLink>
      ) : (
        <span className="mono">{option.secretName}</span>
      )}{' '}
      {option.state === 'ok' ? null : <Tag tone="bad">{STATES[option.state]}</Tag>}
      <Text size="xs" c="dimmed">
        {titles.get(option.option) ?? option.option}
      </Text>
    </div>
  ));
}
