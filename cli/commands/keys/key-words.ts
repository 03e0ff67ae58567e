import type { KeyRotation, OrganizationKeyFacts } from '@holdfast/api';
import { counted, moment } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';

/** The keys as a table, newest first. */
export function keyTable(keys: readonly OrganizationKeyFacts[]): string {
  return table(
    ['GENERATION', 'FINGERPRINT', 'STATE', 'VALUES', 'MADE', 'DESTROYED'],
    keys.map((key) => [
      String(key.generation),
      key.fingerprint,
      key.state,
      key.values.toLocaleString('en'),
      moment(key.createdAt),
      key.destroyedAt === null ? '' : moment(key.destroyedAt),
    ]),
  );
}

/** How far a rotation is, in sentences. */
export function rotationWords(rotation: KeyRotation, keys: readonly OrganizationKeyFacts[]): string {
  const { state, values, waitingFor, failed, failures } = rotation;
  const former = keys.find(({ id, state: now }) => id === rotation.fromKeyId && now === 'retiring');
  const lines: string[] = [];
  if (state === 'requested') lines.push(`Rotation asked for by ${rotation.requestedBy.name}; the data plane has not begun yet.`);
  if (state === 're-sealing') lines.push(`${values.done.toLocaleString('en')} of ${counted(values.total, 'value')} sealed again.`);
  if (state === 'finished') lines.push(`Every value is sealed under the new key (${counted(values.done, 'value')} sealed again).`);
  if (waitingFor !== null) lines.push(`It waits: ${waitingFor}.`);
  if (failed > 0) {
    const more = failed > failures.length ? ` and ${failed - failures.length} more` : '';
    lines.push(`${counted(failed, 'value')} could not be sealed again: ${failures.map(({ name }) => name).join(', ')}${more}.`);
    lines.push('The former key is kept. Replace or delete them, or rotate again once the database is put right.');
  } else if (former?.keptUntil) {
    lines.push(`The former key (generation ${former.generation}) is destroyed after ${moment(former.keptUntil)}.`);
  }
  return lines.join('\n');
}
