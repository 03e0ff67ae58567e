import type { KeyRotation, OrganizationKeyFacts } from '@holdfast/api';
import { Progress, Text } from '@mantine/core';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { FAILURE_WORDS, isUnderWay, valuesWords, WAITING_WORDS } from './key-words.ts';
import classes from './sealing-keys.module.css';

/** How far the newest rotation is, or how it ended. */
export function KeyRotationProgress({ rotation, keys }: { rotation: KeyRotation; keys: readonly OrganizationKeyFacts[] }) {
  const { values, waitingFor } = rotation;
  const former = keys.find(({ id }) => id === rotation.fromKeyId);
  const made = keys.find(({ id }) => id === rotation.toKeyId);
  return (
    <section className={classes.rotation} aria-label="Rotation" aria-live="polite">
      {isUnderWay(rotation) ? (
        <>
          <Text size="sm" fw={500}>
            {rotation.state === 'requested'
              ? 'The new key is being made.'
              : `${values.done.toLocaleString()} of ${valuesWords(values.total)} sealed again`}
          </Text>
          <Progress value={values.total === 0 ? 0 : (values.done / values.total) * 100} size={6} mt={6} aria-label="Values sealed again" />
        </>
      ) : (
        <Text size="sm" fw={500}>
          Rotated by {rotation.requestedBy.name} <RelativeTime time={rotation.finishedAt} />: {valuesWords(values.done)} sealed again.
        </Text>
      )}
      {waitingFor === null ? null : (
        <Text size="sm" mt={6}>
          {WAITING_WORDS[waitingFor] ?? `It waits: ${waitingFor}.`}
        </Text>
      )}
      {former === undefined || made === undefined ? null : (
        <Text size="sm" mt={6} className={classes.fingerprints}>
          <span className="mono">{former.fingerprint}</span> <span aria-hidden>→</span>
          <span className={classes.hidden}>was replaced by</span> <span className="mono">{made.fingerprint}</span>
        </Text>
      )}
      <Failures rotation={rotation} />
      <FormerKey former={former} failed={rotation.failed} underWay={isUnderWay(rotation)} />
    </section>
  );
}

function Failures({ rotation: { failed, failures } }: { rotation: KeyRotation }) {
  const { slug } = useOrganization();
  if (failed === 0) return null;
  return (
    <>
      <Text size="sm" mt={6}>
        {valuesWords(failed)} could not be sealed again, and the former key is kept for them. Replace each value, or delete it.
      </Text>
      <ul className={classes.steps}>
        {failures.map(({ secretId, name, code }) => (
          <li key={secretId}>
            {name.includes(' ') ? (
              name
            ) : (
              <TextLink to="/organizations/$organization/secrets/$secret" params={{ organization: slug, secret: name }} className="mono">
                {name}
              </TextLink>
            )}
            : {FAILURE_WORDS[code] ?? code}
          </li>
        ))}
        {failed > failures.length ? <li>and {(failed - failures.length).toLocaleString()} more</li> : null}
      </ul>
    </>
  );
}

function FormerKey({ former, failed, underWay }: { former: OrganizationKeyFacts | undefined; failed: number; underWay: boolean }) {
  if (former === undefined || failed > 0 || underWay) return null;
  if (former.destroyedAt !== null) {
    return (
      <Text size="sm" c="dimmed" mt={6}>
        The former key was destroyed <RelativeTime time={former.destroyedAt} />.
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed" mt={6}>
      The former key is kept for a few minutes, for values that somebody is sealing for it right now
      {former.keptUntil === null ? null : (
        <> (until {new Date(former.keptUntil).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })})</>
      )}
      . Then it is destroyed.
    </Text>
  );
}
