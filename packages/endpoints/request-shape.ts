import { HoldfastError, invalid } from '@holdfast/api';
import type { z } from 'zod';

/** Deeper JSON is refused: nothing that we accept comes near it, and checks that recurse stay shallow. */
const MAXIMUM_DEPTH = 32;

/** Names under which somebody may try to send a secret in clear. */
const PLAINTEXT_FIELDS = new Set(['value', 'plaintext', 'secret', 'secretValue']);
const SEAL_IT = 'Holdfast never accepts a value; seal it in the client (console, command line or SDK) and send the envelope.';

/** Which part of a request is looked at: only a body's fields are named without it. */
type Part = 'body' | 'query' | 'headers';

/**
 * Checks one part of a request against its schema. A field that the schema does not know is refused by name,
 * at any depth, so that nothing is ignored which the caller believes was taken. Throws `invalid_request`,
 * which never repeats what was sent.
 */
export function readPart(schema: z.ZodType, sent: unknown, part: Part): unknown {
  const raw = sent ?? {};
  refuseUnstorableText(raw, '', 0);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw invalid(parsed.error.issues.map((issue) => ({ field: fieldName(issue.path), detail: issue.message })));
  if (part !== 'headers') refuseUnknownFields(raw, parsed.data, '');
  return parsed.data;
}

/**
 * Text that PostgreSQL or the audit record cannot hold is refused here, so that it never becomes an internal
 * error.
 */
function refuseUnstorableText(value: unknown, path: string, depth: number): void {
  if (depth > MAXIMUM_DEPTH) throw new HoldfastError('invalid_request', `The body is nested deeper than ${MAXIMUM_DEPTH} levels.`);
  if (typeof value === 'string') {
    if (!isStorableText(value)) {
      throw invalid([{ field: path, detail: 'It holds a character that cannot be stored (NUL or half of a surrogate pair).' }]);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, entry] of Object.entries(value)) {
    refuseUnstorableText(name, path, depth + 1);
    refuseUnstorableText(entry, path === '' ? name : `${path}.${name}`, depth + 1);
  }
}

function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/**
 * For what a caller sends in another shape than JSON, such as a cursor's parts: nothing of it is text that
 * cannot be stored.
 */
export function holdsStorableText(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(holdsStorableText);
}

function refuseUnknownFields(raw: unknown, parsed: unknown, path: string): void {
  if (typeof raw !== 'object' || raw === null || typeof parsed !== 'object' || parsed === null) return;
  for (const [name, entry] of Object.entries(raw)) {
    const field = path === '' ? name : `${path}.${name}`;
    if (!Object.hasOwn(parsed, name)) throw unknownField(name, field);
    refuseUnknownFields(entry, (parsed as Record<string, unknown>)[name], field);
  }
}

function unknownField(name: string, field: string): HoldfastError {
  // The name itself is shown cut short: somebody may have put a value in its place.
  const shown = field.length > 80 ? `${field.slice(0, 77)}…` : field;
  const remedy = PLAINTEXT_FIELDS.has(name) ? SEAL_IT : 'Leave the field out; the OpenAPI document lists those that are known.';
  return new HoldfastError('invalid_request', `The field “${shown}” is not known here.`, {
    field: shown,
    remedy,
    extra: { errors: [{ field: shown, detail: remedy }] },
  });
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}
