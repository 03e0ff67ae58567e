import type { Component } from '@holdfast/api';
import { Text } from '@mantine/core';
import { ShieldIcon } from '@primer/octicons-react';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';

type Unapproved = Component['unapproved'][number];

/** Where the secrets of a component may not be sent yet, and who can change that. */
export function UnapprovedDestinations({ component }: { component: Component }) {
  const { may, slug } = useOrganization();
  if (component.unapproved.length === 0) return null;
  const search = { search: component.unapproved[0]?.destination };
  return (
    <Notice tone="warn" icon={<ShieldIcon size={16} />}>
      {component.unapproved.map((each) => (
        <div key={`${each.secretName} ${each.destination}`}>
          <Words of={each} />
        </div>
      ))}
      <Text size="sm">
        {may('destinations:write') ? (
          <TextLink size="sm" to="/organizations/$organization/destinations" params={{ organization: slug }} search={search}>
            Decide about it
          </TextLink>
        ) : (
          'Until then a use of this component is refused, unless destinations are only observed.'
        )}
      </Text>
    </Notice>
  );
}

function Words({ of: { secretName, destination, state, reason } }: { of: Unapproved }) {
  const secret = secretName === null ? 'its own value' : <span className="mono">{secretName}</span>;
  const place = <span className="mono">{destination}</span>;
  const why = reason === '' ? '' : ` “${reason}”`;
  switch (state) {
    case 'requested':
      return (
        <>
          <b>Waits for an owner or admin:</b> {secret} → {place}
        </>
      );
    case 'refused':
      return (
        <>
          <b>Refused:</b> {secret} → {place}.{why}
        </>
      );
    case 'revoked':
      return (
        <>
          <b>No longer approved:</b> {secret} → {place}.{why}
        </>
      );
    case 'unasked':
      return (
        <>
          <b>Not approved:</b> {secret} → {place}. Save this component to ask for it.
        </>
      );
    case 'narrowed':
      return (
        <>
          <b>Not among the secret’s own destinations:</b> {secret} → {place}
        </>
      );
  }
}
