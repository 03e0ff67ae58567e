import type { z } from 'zod';
import type { Secret, updateSecret } from './endpoints/secrets.ts';

/** What is known about a secret beside its value, as far as a request names it. */
export type SecretMetadata = z.output<(typeof updateSecret)['body']>;
/** All of it. */
export type WholeSecretMetadata = { readonly [Field in keyof SecretMetadata]-?: Exclude<SecretMetadata[Field], undefined> };
export type SecretMetadataField = keyof WholeSecretMetadata;

/** Of a secret that was added with its value alone. */
export const EMPTY_METADATA: WholeSecretMetadata = {
  description: '',
  kind: 'other',
  ownerId: null,
  scope: { kind: 'all-projects' },
  rotationDays: null,
  expiresAt: null,
  destinations: [],
  obtainUrl: null,
};

/** The fields in the words of people, for “Ada changed the description and the expiry”. */
export const METADATA_WORDS: Readonly<Record<SecretMetadataField, string>> = {
  description: 'description',
  kind: 'kind',
  ownerId: 'owner',
  scope: 'projects',
  rotationDays: 'rotation',
  expiresAt: 'expiry',
  destinations: 'destinations',
  obtainUrl: 'address of a new value',
};

/** The metadata of a secret as a request would write it. */
export function metadataOf(secret: Secret): WholeSecretMetadata {
  const { description, kind, owner, scope, rotationDays, expiresAt, destinations, obtainUrl } = secret;
  return {
    description,
    kind,
    ownerId: owner?.id ?? null,
    scope: scope.kind === 'all-projects' ? { kind: 'all-projects' } : { kind: 'projects', projectIds: scope.projects.map(({ id }) => id) },
    rotationDays,
    expiresAt,
    destinations,
    obtainUrl,
  };
}

/**
 * Of what is wanted, the fields that differ from what is known: the only ones that a change may send or
 * record.
 */
export function changedMetadata(known: WholeSecretMetadata, wanted: SecretMetadata): SecretMetadata {
  const changed = Object.entries(wanted).filter(
    ([field, value]) => value !== undefined && comparable(field, value) !== comparable(field, known[field as SecretMetadataField]),
  );
  return Object.fromEntries(changed) as SecretMetadata;
}

/** One spelling for each meaning: lists without regard to order, times as instants, ids in lower case. */
function comparable(field: string, value: WholeSecretMetadata[SecretMetadataField]): string {
  if (Array.isArray(value)) return JSON.stringify([...new Set(value)].sort());
  if (typeof value === 'object' && value !== null && 'kind' in value) {
    const ids = value.kind === 'projects' ? value.projectIds.map((id) => id.toLowerCase()) : [];
    return JSON.stringify([value.kind, ...new Set(ids.sort())]);
  }
  if (field === 'expiresAt' && typeof value === 'string') return new Date(value).toISOString();
  return JSON.stringify(value);
}

/**
 * Destinations that a change of the metadata adds to those that a secret has. Where its destinations were
 * sealed with the value, as both console and command line do, it goes to these only once it is given again.
 */
export function addedDestinations(former: readonly string[], wanted: readonly string[]): readonly string[] {
  return former.length === 0 ? [] : wanted.filter((destination) => !former.includes(destination));
}
