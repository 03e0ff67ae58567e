import { checkAgainstSchema } from './check-options.ts';
import type { OptionSchema } from './component-type.ts';
import { isDeeperThan } from './json-structure.ts';

/**
 * What is wrong with one option in clear, in a sentence that repeats nothing of it; `undefined` when it fits
 * its schema, and the content that `contentMediaType` and `contentSchema` of JSON Schema 2020-12 ask for.
 * Empty content is none.
 */
export function optionFault(schema: OptionSchema, value: unknown): string | undefined {
  const [first] = checkAgainstSchema(schema, value);
  return first?.message ?? contentFault(schema, value);
}

/** The second half of {@link optionFault}: what a text holds, apart from its schema. */
export function contentFault(schema: OptionSchema, value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  if (schema.contentMediaType === 'application/json') return jsonFault(value, schema.contentSchema);
  if (schema.contentMediaType === 'application/x-pem-file') return certificateFault(value);
  return undefined;
}

function jsonFault(text: string, schema: object | undefined): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const place = placeOf(text, error);
    return `This is not JSON${place}. Look for a comma, quote or bracket that is missing or too many.`;
  }
  if (isDeeperThan(DEPTH_MAXIMUM, parsed))
    return `This JSON has more than ${DEPTH_MAXIMUM} levels of lists and objects inside one another.`;
  const [fault] = schema === undefined ? [] : checkAgainstSchema(schema, parsed);
  if (fault === undefined) return undefined;
  return fault.path.length === 0 ? `As JSON: ${fault.message}` : `“${fault.path.join('.')}” in the JSON: ${fault.message}`;
}

/** What reads JSON, or writes it again, does so by recursion. */
const DEPTH_MAXIMUM = 200;

/** The engine's own words repeat a piece of the text; of them only the place is taken. */
function placeOf(text: string, error: unknown): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return ` from line ${before.length}, character ${(before.at(-1)?.length ?? 0) + 1}, on`;
}

const CERTIFICATE = /^\s*(?:-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;

function certificateFault(text: string): string | undefined {
  if (CERTIFICATE.test(text)) return undefined;
  return 'Paste whole certificates in PEM, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, and nothing else.';
}
