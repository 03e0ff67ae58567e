import { DESTINATION_PATTERN } from '@holdfast/envelope';
import { z } from 'zod';
import { EXPIRY_RULE, expiryInstant, startInstant } from './expiry.ts';
import { ROLES } from './permissions.ts';
import { nameFault } from './plain-name.ts';

/** Schemas that several endpoints share. Times are ISO 8601 in UTC; sizes are bytes; ids are UUIDv7. */

export const DAY_MILLISECONDS = 86_400_000;

export const id = z.uuid();
export const time = z.iso.datetime();
/** Whose midnight begins a day. The database knows whether there is such a zone. */
export const dayZone = z
  .string()
  .regex(/^[A-Za-z_]{1,32}(\/[A-Za-z0-9_+-]{1,32}){0,2}$/, 'Take a name such as Europe/Berlin.')
  .default('UTC')
  .describe('Whose midnight begins a day: a name of the IANA list');
/**
 * When something is to expire: a plain date is the end of that day in UTC, see expiryInstant. It arrives as
 * an instant.
 */
export const expiry = z
  .string()
  .max(40)
  .refine((text) => expiryInstant(text) !== undefined, EXPIRY_RULE)
  .overwrite((text) => expiryInstant(text) ?? text);
/** A bound of what is shown: a plain date is its first moment in UTC. It arrives as an instant. */
export const timeBound = z
  .string()
  .max(40)
  .refine(
    (text) => startInstant(text) !== undefined,
    'Write a date such as 2027-01-31, which is its first moment in UTC, or a time with its zone such as 2027-01-31T12:00:00Z.',
  )
  .overwrite((text) => startInstant(text) ?? text);
export const role = z.enum(ROLES);
export const email = z.email().max(254);

export const PASSWORD_MINIMUM_LENGTH = 12;
export const PASSWORD_MAXIMUM_LENGTH = 128;
export const password = z
  .string()
  .min(PASSWORD_MINIMUM_LENGTH, `At least ${PASSWORD_MINIMUM_LENGTH} characters.`)
  .max(PASSWORD_MAXIMUM_LENGTH, `At most ${PASSWORD_MAXIMUM_LENGTH} characters.`);

export const SECRET_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;
export const SECRET_NAME_RULE = 'Start with a letter, then letters, digits, hyphens and underscores; at most 128 characters.';
export const secretName = z.string().regex(SECRET_NAME_PATTERN, SECRET_NAME_RULE);

export const SECRETS_PER_ORGANIZATION = 10_000;

/** The name of a source or step within its workflow. */
export const PART_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
export const PART_NAME_RULE = 'Use letters, digits, - and _, beginning with a letter; at most 64.';
export const partName = z.string().regex(PART_NAME_PATTERN, PART_NAME_RULE);

export const SLUG_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/;
export const slug = z.string().regex(SLUG_PATTERN, 'Lower-case letters, digits and hyphens; at most 48 characters.');
/**
 * A name for people, in Unicode's composed form (NFC), so that what looks the same is the same. See
 * nameFault.
 */
export const title = z
  .string()
  .trim()
  .normalize('NFC')
  .min(1, 'Enter a name.')
  .max(120, 'At most 120 characters.')
  .refine((text) => nameFault(text) === undefined, { error: ({ input }) => nameFault(String(input)) ?? 'It is no name.' });
/** Part of a name or description, to be found in any case. */
export const searchText = z.string().max(200).normalize('NFC');
export const description = z.string().max(4_000, 'At most 4,000 characters.');

export const SECRET_KINDS = ['api-key', 'password', 'connection-string', 'cloud-storage', 'token', 'webhook-url', 'other'] as const;
export const secretKind = z.enum(SECRET_KINDS);

/**
 * `https://host:port`: the exact scheme, host and port a value may be sent to. The port is always written.
 */
export const destination = z.string().max(300).regex(DESTINATION_PATTERN, 'Write scheme://host:port, in lower case.');
/** The page of a service on which a new value of a secret is made. */
export const obtainUrl = z.url({ protocol: /^https?$/ }).max(2_000);
export const destinations = z.array(destination).max(50);

export const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, 'Write it in base64url without padding.');

/** A sealed value on its way to the server. The sealer makes both ids, so that the seal can bind them. */
export const envelope = z.object({
  secretId: id,
  versionId: id,
  keyId: id,
  sealed: base64url.max(120_000),
});
export type EnvelopeBody = z.infer<typeof envelope>;

export const person = z.object({ id: z.string(), name: z.string() });
export const reference = z.object({ id, name: z.string() });

export const nextCursor = z.string().nullable().describe('The `cursor` of the next page; null at the last one');
export const pageQuery = {
  // The longest is of names in three bytes a character, and of an id.
  cursor: z.string().max(1_000).optional().describe('The `nextCursor` of the page before; left out for the first'),
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Items of a page'),
};

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string().describe('What happened, in words that may get better'),
  remedy: z.string().describe('What to do about it'),
  field: z.string().optional().describe('The field, parameter or header that is wrong, as a dotted path'),
  errors: z
    .array(z.object({ field: z.string(), detail: z.string() }))
    .optional()
    .describe('Every field that is wrong, `field` being the first'),
  bindings: z.array(z.unknown()).optional().describe('Of a secret that cannot be deleted: places that use it'),
  total: z.number().optional().describe('How many such places there are'),
  changed: z.array(z.string()).optional().describe('Of a failed precondition: the fields that somebody else has changed'),
  retryAfterSeconds: z.number().optional().describe('The same as the Retry-After header'),
  requestId: z.string().optional().describe('Under it the log of the server has more'),
});
export type Problem = z.infer<typeof problem>;

/** `*`, or tags with commas between them. */
const ifMatchOf = (tag: string) => new RegExp(String.raw`^(?:\*|(?:${tag})(?:\s*,\s*(?:${tag}))*)$`);

const SECRET_TAG = String.raw`(?:W/)?"[^"]*"|[0-9]{1,9}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?:\.[0-9]{1,9})?`;
/**
 * What a change of a secret begins from: the ETag that it was read with; or what it consists of alone, the id
 * of its current version or the `metadataRevision`. 412 when somebody has changed it since.
 */
export const ifMatchSecret = z
  .string()
  .max(400)
  .regex(ifMatchOf(SECRET_TAG), 'Write the ETag of the secret; or its currentVersionId or metadataRevision, such as "3".')
  .optional()
  .describe('The ETag that the change begins from, or a part of it; or several, or `*`. 412 when the secret is at none of these');

const REVISION_TAG = '(?:W/)?"[0-9]{1,9}"|[0-9]{1,9}';
/**
 * The revision that a change begins from, or several of them, as numbers of `field`, which are its ETags too:
 * 412 when it is at none of these.
 */
export const ifMatchRevision = (field: string) =>
  z
    .string()
    .max(400)
    .regex(ifMatchOf(REVISION_TAG), `Write the ${field}, such as "3".`)
    .optional()
    .describe('The ETag that the change begins from; or several, or `*`. 412 when it is at none of these');

/** Why something did not work, as shown to people. It never holds a value. */
export const failure = z.object({ code: z.string(), detail: z.string(), remedy: z.string() });
export type Failure = z.infer<typeof failure>;
