import { HoldfastError, type Usability } from '@holdfast/api';
import type { Consumer, StoredSecret, WantedValue } from './wanted-use.ts';

/** A value that may be used now. */
export interface Usable extends WantedValue {
  readonly secret: StoredSecret & { readonly version: NonNullable<StoredSecret['version']> };
}

/** The secret that a refusal is about; the run shows its name and leads there. */
export interface Refusal {
  readonly error: HoldfastError;
  readonly value: WantedValue;
}

/**
 * May this consumer use this secret now? The one author of the rule in code. It is asked with what the record
 * is about to vouch for; the control plane, which only shows what a use would say, asks db/usable.sql, which
 * answers in the same words.
 *
 * @param now the latest time that the instance has seen.
 */
function usabilityOf(secret: StoredSecret | undefined, { id, projectId }: Pick<Consumer, 'id' | 'projectId'>, now: Date): Usability {
  if (secret?.version === undefined) return 'secret_missing';
  if (secret.ownerId !== null && secret.ownerId !== id) return 'secret_missing';
  if (secret.expiresAt !== null && secret.expiresAt.getTime() <= now.getTime()) return 'secret_expired';
  if (secret.ownerId === null && !secret.allProjects && !secret.projectIds.includes(projectId)) return 'secret_out_of_scope';
  return 'ok';
}

/**
 * Decides whether all values may be used, before anything is opened or sent. A secret that is missing,
 * expired or out of scope refuses the use; it never becomes an empty value.
 */
export function checkUsable(consumer: Consumer, values: readonly WantedValue[], now: Date): readonly Usable[] | Refusal {
  for (const value of values) {
    const usability = usabilityOf(value.secret, consumer, now);
    if (usability !== 'ok') return { error: refusalOf(usability, consumer, value), value };
  }
  return values as readonly Usable[];
}

function refusalOf(usability: Exclude<Usability, 'ok'>, { kind, name, projectName }: Consumer, value: WantedValue): HoldfastError {
  const called = value.secretName === null ? `The own value of “${name}”` : `The secret “${value.secretName}”`;
  switch (usability) {
    case 'secret_missing':
      return new HoldfastError('secret_missing', `${called} does not exist; the ${kind} “${name}” needs it.`, {
        remedy: `Add the secret again if need be, then open the ${kind} “${name}” and choose it.`,
      });
    case 'secret_expired':
      return new HoldfastError('secret_expired', `${called} expired on ${value.secret?.expiresAt?.toISOString().slice(0, 10)}.`);
    case 'secret_out_of_scope':
      return new HoldfastError('secret_out_of_scope', `${called} is not meant for the project “${projectName}”.`);
  }
}
