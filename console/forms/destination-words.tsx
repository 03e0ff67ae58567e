import { listSecretNames } from '@holdfast/api';
import { Text } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import { useEndpoint } from '../api/endpoint-hooks.ts';
import { useOrganization } from '../api/organization.ts';
import { Notice } from '../ui/notice.tsx';
import { destinationFacts } from './destinations.ts';
import classes from './sensitive-option.module.css';
import { useSurroundings } from './sensitive-option-context.ts';

/** Under a chosen secret: where it may go, where the component sends, and whether the two meet. */
export function DestinationWords({ option, secretName, text }: { option: string; secretName: string; text?: string }) {
  const organization = useOrganization();
  const { projectId, type, data } = useSurroundings();
  const found = useEndpoint(
    listSecretNames,
    { params: { project: projectId }, query: { name: secretName, limit: 1 } },
    { enabled: organization.may('secret-names:read'), staleTime: 30_000 },
  );
  const [secret] = found.data?.items ?? [];
  if (secret === undefined) return null;
  const { secretGoesTo, componentSendsTo, refused, namedByValue } = destinationFacts(type, data, option, secret.destinations, text);
  if (refused.length > 0) {
    return (
      <div className={classes.destinations}>
        <Notice tone="bad" icon={<AlertIcon size={15} />}>
          This component sends to <Places of={refused} />, and {secretName} goes only to <Places of={secretGoesTo} />: nothing would be
          sent. Choose another secret, or have an admin change its destinations.
        </Notice>
      </div>
    );
  }
  if (secretGoesTo.length === 0 && componentSendsTo.length > 0) {
    return (
      <Text size="xs" c="dimmed" component="div" className={classes.destinations}>
        {organization.may('destinations:write') ? (
          <>
            Saving approves it: {secretName} may then be sent to <Places of={componentSendsTo} />.
          </>
        ) : (
          <>
            This component sends to <Places of={componentSendsTo} />. Unless {secretName} may go there already, an owner or admin is asked
            when you save.
          </>
        )}
      </Text>
    );
  }
  return (
    <Text size="xs" c="dimmed" component="div" className={classes.destinations}>
      Goes only to {secretGoesTo.length === 0 ? 'the address that its value names' : <Places of={secretGoesTo} />}.{' '}
      {componentSendsTo.length > 0 ? (
        <>
          This component sends to <Places of={componentSendsTo} />.
        </>
      ) : namedByValue ? (
        secretGoesTo.length === 0 ? (
          'This component sends there.'
        ) : (
          'This component sends to the address that the value names; test the connection to see that it is one of these.'
        )
      ) : null}
    </Text>
  );
}

function Places({ of }: { of: readonly string[] }) {
  return of.map((place, index) => (
    <span key={place}>
      {index === 0 ? '' : index === of.length - 1 ? ' and ' : ', '}
      <span className={classes.place}>{place}</span>
    </span>
  ));
}
