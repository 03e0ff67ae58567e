import { checkAgainstSchema, fitsSchema, isDeeperThan } from '@holdfast/configuration';
import { JSON_LEVELS_IN_WORDS, JSON_MAXIMUM_LEVELS } from '@holdfast/connector';
import { LRUCache } from 'lru-cache';

const FAULTS_SHOWN = 5;
/** Schemas that are compiled; a run has one for each of its models. */
const SCHEMAS_KEPT = 100;
const schemas = new LRUCache<string, object>({ max: SCHEMAS_KEPT });

/**
 * Why an answer does not fit a schema, however long it takes, in words that name places and rules of the
 * schema and repeat nothing of the answer; `undefined` when it fits.
 *
 * @param schema JSON Schema 2020-12, as JSON.
 * @param answer as the service gave it.
 */
export function checkAnswer(schema: string, answer: string): string | undefined {
  const rules = schemas.get(schema) ?? (JSON.parse(schema) as object);
  schemas.set(schema, rules);
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return 'It is not valid JSON.';
  }
  try {
    if (fitsSchema(rules, value)) return undefined;
    const problems = checkAgainstSchema(rules, value).slice(0, FAULTS_SHOWN);
    const named = problems.map(({ path, message }) => `${path.length === 0 ? 'the answer' : path.join('.')}: ${message}`);
    return named.join(' ') || 'It has a field that the schema does not allow, or breaks another of its rules.';
  } catch {
    // A schema that refers to itself is followed by recursion.
    if (isDeeperThan(JSON_MAXIMUM_LEVELS, value)) return `It has ${JSON_LEVELS_IN_WORDS}.`;
    return 'The schema has a rule that cannot be followed.';
  }
}
