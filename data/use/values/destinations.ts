import { HoldfastError } from '@holdfast/api';
import type { Statements } from '@holdfast/audit';
import { namedDestinations } from '@holdfast/envelope';
import { type Consumer, calledSecret, type StoredSecret, type WantedUse } from './wanted-use.ts';

/** Why a value may not be sent somewhere. */
type Refusal =
  /** The secret's own destinations do not hold it. */
  | 'narrowed'
  /** The policy that was sealed with the value does not hold it: nobody can approve it. */
  | 'sealed'
  /** Nobody has approved it. */
  | 'not-approved';

/** Where an opened value may be sent. */
export interface AllowedDestinations {
  /** `undefined` when it may go there. */
  refusalOf(destination: string): Refusal | undefined;
}

/**
 * Where an opened value may be sent: the one author of the rule in code. A policy that was sealed with the
 * value decides alone. Without one the value goes where it says itself, where the secret's own destinations
 * say, and where somebody has approved; an owner or admin has stated both on the record, which vouches for
 * them. The secret's own destinations narrow all of it when there are any.
 *
 * @param approved by the record, and for this use alone.
 */
export function allowedDestinations(
  opened: { readonly value: string; readonly destinations: readonly string[] },
  { destinations: narrowedTo }: Pick<StoredSecret, 'destinations'>,
  approved: readonly string[],
): AllowedDestinations {
  const sealed = opened.destinations.length > 0;
  const allowed = new Set(sealed ? opened.destinations : [...namedDestinations(opened.value), ...narrowedTo, ...approved]);
  return {
    refusalOf(destination) {
      if (narrowedTo.length > 0 && !narrowedTo.includes(destination)) return 'narrowed';
      if (allowed.has(destination)) return undefined;
      return sealed ? 'sealed' : 'not-approved';
    },
  };
}

/** A destination that nobody has approved for a value. An owner or admin can. */
export interface Unapproved {
  readonly secretId: string;
  readonly destination: string;
}

/** HoldfastError `destination_refused`; `extra.unapproved` is there when somebody can approve it. */
export function destinationRefused(
  consumer: Pick<Consumer, 'kind' | 'name'>,
  secret: Pick<StoredSecret, 'id' | 'name'>,
  destination: string,
  refusal: Refusal,
): HoldfastError {
  const called = calledSecret(secret.name, consumer);
  const detail = `${called} may not be sent to ${destination}; nothing was sent.`;
  const unapproved: Unapproved = { secretId: secret.id, destination };
  switch (refusal) {
    case 'narrowed':
      return new HoldfastError('destination_refused', detail, {
        remedy: `Use an address that the secret allows, or have an admin add ${destination} to its destinations.`,
      });
    case 'sealed':
      return new HoldfastError('destination_refused', detail, {
        remedy: `Other destinations are sealed with the value. To send it there, replace the value and name its destinations again: ${
          secret.name === null
            ? 'type it again where it is used.'
            : `holdfast secret set ${secret.name} --destination ${destination}, and --destination once more for each other.`
        }`,
      });
    case 'not-approved':
      return new HoldfastError('destination_refused', detail, { extra: { unapproved } });
  }
}

/** What {@link destinationRefused} says could be approved. */
export function unapprovedOf(error: unknown): Unapproved | undefined {
  return error instanceof HoldfastError ? (error.extra?.unapproved as Unapproved | undefined) : undefined;
}

/** Changes whenever the record decides otherwise about the destinations of a use. */
export function decisionsAbout({ secrets, destinationMode }: Statements, { values }: Pick<WantedUse, 'values'>): string {
  return JSON.stringify([destinationMode, values.map(({ secret }) => secret && secrets.get(secret.id)?.approved)]);
}
