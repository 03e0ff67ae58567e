import {
  changedMetadata,
  destination,
  EMPTY_METADATA,
  expiryDate,
  isPast,
  metadataOf,
  obtainUrl,
  type SECRET_KINDS,
  type Secret,
  type SecretMetadata,
  type SecretMetadataField,
} from '@holdfast/api';
import { expiryDay, expiryOfDay } from '../../forms/expiry-day.ts';

/** What is known about a secret beside its value, as a form holds it. Empty text stands for "none". */
export interface MetadataValues {
  description: string;
  kind: (typeof SECRET_KINDS)[number];
  ownerId: string;
  /** Days; empty for no rotation. */
  rotationDays: string;
  /** `YYYY-MM-DD` in UTC, whatever the reader's zone; the secret expires at the end of that day. */
  expiresOn: string;
  projectIds: string[];
  destinations: string[];
  obtainUrl: string;
}

export const NO_METADATA: MetadataValues = {
  description: '',
  kind: 'other',
  ownerId: '',
  rotationDays: '',
  expiresOn: '',
  projectIds: [],
  destinations: [],
  obtainUrl: '',
};

/** What keeps the values from being saved, by field of the form; the rules are those of the API. */
export function validateMetadata(values: MetadataValues): Record<string, string> {
  const errors: Record<string, string> = {};
  if (values.description.length > 4_000) errors.description = 'At most 4,000 characters.';
  const refused = destinationsFault(values.destinations);
  if (refused !== undefined) errors.destinations = refused;
  const address = values.obtainUrl.trim();
  if (address !== '' && !obtainUrl.safeParse(address).success)
    errors.obtainUrl = 'Enter an address that begins with https://, of at most 2,000 characters.';
  return errors;
}

export function destinationsFault(destinations: readonly string[]): string | undefined {
  const refused = destinations.find((entry) => !destination.safeParse(entry).success);
  return refused === undefined ? undefined : `Write ${refused} as scheme://host:port, like https://api.example.com:443.`;
}

const FORM_FIELD: Readonly<Record<SecretMetadataField, keyof MetadataValues>> = {
  description: 'description',
  kind: 'kind',
  ownerId: 'ownerId',
  scope: 'projectIds',
  rotationDays: 'rotationDays',
  expiresAt: 'expiresOn',
  destinations: 'destinations',
  obtainUrl: 'obtainUrl',
};

export function metadataValuesOf(secret: Secret): MetadataValues {
  return {
    description: secret.description,
    kind: secret.kind,
    ownerId: secret.owner?.id ?? '',
    rotationDays: secret.rotationDays === null ? '' : String(secret.rotationDays),
    expiresOn: expiryDay(secret.expiresAt),
    projectIds: secret.scope.projects.map((project) => project.id),
    destinations: secret.destinations,
    obtainUrl: secret.obtainUrl ?? '',
  };
}

/** The fields of a new secret that were filled in. */
export function newMetadata(values: MetadataValues): SecretMetadata {
  return changedMetadata(EMPTY_METADATA, bodyOf(values, undefined));
}

/** The fields that differ from those of the secret: all that a change sends. */
export function changesOf(values: MetadataValues, secret: Secret): SecretMetadata {
  return changedMetadata(metadataOf(secret), bodyOf(values, secret));
}

function bodyOf(values: MetadataValues, secret: Secret | undefined) {
  return {
    description: values.description,
    kind: values.kind,
    ownerId: values.ownerId === '' ? null : values.ownerId,
    rotationDays: values.rotationDays === '' ? null : Number(values.rotationDays),
    expiresAt: expiresAtOf(values, secret),
    scope:
      values.projectIds.length === 0 ? { kind: 'all-projects' as const } : { kind: 'projects' as const, projectIds: values.projectIds },
    destinations: values.destinations,
    obtainUrl: values.obtainUrl.trim() === '' ? null : values.obtainUrl.trim(),
  };
}

export function expiresAtOf({ expiresOn }: Pick<MetadataValues, 'expiresOn'>, secret: Secret | undefined): string | null {
  return expiryOfDay(expiresOn, secret?.expiresAt ?? null);
}

/**
 * The instant of an expiry, for the reader: in UTC and, where that is another day, in the reader's own zone.
 */
export function expiryHint(expiresAt: string | null, now: Date = new Date()): { words: string; past: boolean } | undefined {
  if (expiresAt === null) return undefined;
  const instant = new Date(expiresAt);
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(instant);
  const day = expiryDate(expiresAt);
  const utc = day === undefined ? `${expiresAt.slice(0, 16).replace('T', ' ')} UTC` : `the end of ${day} in UTC`;
  const past = isPast(expiresAt, now);
  return { words: `${past ? 'That is past: the secret counts as missing. ' : ''}It expires at ${utc}, ${local} where you are.`, past };
}

export interface Rebased {
  values: MetadataValues;
  /** Form fields that both have changed, to different values. */
  conflicts: (keyof MetadataValues)[];
}

/**
 * After others have changed the secret: what was typed stays, and the fields that were not touched show what
 * is stored now.
 */
export function rebase(values: MetadataValues, former: Secret, now: Secret): Rebased {
  const mine = changesOf(values, former);
  const theirs = changedMetadata(metadataOf(former), metadataOf(now));
  const stored = metadataValuesOf(now);
  const fields = Object.keys(FORM_FIELD) as SecretMetadataField[];
  const merged = { ...stored };
  for (const field of fields) if (field in mine) Object.assign(merged, { [FORM_FIELD[field]]: values[FORM_FIELD[field]] });
  const still = changesOf(merged, now);
  return {
    values: merged,
    conflicts: fields.filter((field) => field in still && field in theirs).map((field) => FORM_FIELD[field]),
  };
}
