import { runInNewContext } from 'node:vm';
import { checkAgainstSchema, fitsSchema } from '@holdfast/configuration';
import { ConnectorError } from '@holdfast/connector';

/** JSON Schema 2020-12 of an object. */
export type AnswerSchema = Readonly<Record<string, unknown>>;

/** People write the schemas: a pattern or a web of references in one must not hold up the other runs. */
const CHECK_MILLISECONDS = 1_000;
const FAULTS_SHOWN = 5;

/**
 * Why an answer does not fit the schema, in words that name places and rules of the schema and repeat nothing
 * of the answer; `undefined` when it fits.
 *
 * @throws ConnectorError `option_invalid` when the check takes too long: it would for other documents too,
 *   and nobody's runs go on during it.
 */
export function faultOf(schema: AnswerSchema, answer: unknown): string | undefined {
  return limited(() => {
    if (fitsSchema(schema, answer)) return undefined;
    const problems = checkAgainstSchema(schema, answer).slice(0, FAULTS_SHOWN);
    const named = problems.map(({ path, message }) => `${path.length === 0 ? 'the answer' : path.join('.')}: ${message}`);
    return named.join(' ') || 'It has a field that the schema does not allow, or breaks another of its rules.';
  });
}

/** Why a schema cannot be used at all, before anything is checked with it; `undefined` when it can. */
export function schemaFault(schema: AnswerSchema): string | undefined {
  for (const [keyword, value] of rulesIn(schema)) {
    if (keyword === '$ref' && !resolves(schema, value)) return `nothing in it is at the reference ${JSON.stringify(value)}.`;
    if (keyword === 'pattern' && !isPattern(value)) return `${JSON.stringify(value)} is no regular expression.`;
  }
  return limited(() => void fitsSchema(schema, {}));
}

/** Every keyword whose value is a text, at any depth. */
function* rulesIn(value: unknown): Generator<readonly [keyword: string, value: string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string') yield [name, inner];
    else yield* rulesIn(inner);
  }
}

/** A JSON pointer within the schema (RFC 6901); nothing is fetched from elsewhere. */
function resolves(schema: AnswerSchema, reference: string): boolean {
  if (!/^#(?:\/|$)/.test(reference)) return false;
  let at: unknown = schema;
  for (const part of reference.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return false;
    at = (at as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at !== undefined;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** The time limit of a script also ends a regular expression and what the script calls. */
function limited(check: () => string | undefined): string | undefined {
  try {
    return runInNewContext('check()', { check }, { timeout: CHECK_MILLISECONDS }) as string | undefined;
  } catch (error) {
    // It is of the script's own realm, where Error is another one.
    if ((error as { readonly code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw new ConnectorError('option_invalid', 'The check of an answer against the JSON Schema takes more than a second.', {
        remedy: 'Make its patterns and references simpler: a pattern with + or * inside of + or * is slow.',
      });
    }
    return 'The schema has a rule that cannot be followed.';
  }
}
