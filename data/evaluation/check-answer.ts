import { checkAgainstSchema, fitsSchema, isDeeperThan, isStructured, jsonShapeOf } from '@holdfast/configuration';
import { JSON_LEVELS_IN_WORDS, JSON_MAXIMUM_LEVELS } from '@holdfast/connector';
import { LRUCache } from 'lru-cache';

/**
 * Lists, objects and fields of an answer. While V8 reads JSON nothing ends it, and a thread that takes more
 * memory than it has then ends the whole process: each of these takes up to 240 bytes of its 512 MiB, and an
 * answer of 16 MiB may be nothing else.
 */
const PARTS_MAXIMUM = 1_000_000;
const FAULTS_SHOWN = 5;
const FAULT_MAXIMUM_CHARACTERS = 2_000;
/** Schemas that are compiled; a run has one for each of its models. */
const SCHEMAS_KEPT = 100;
const schemas = new LRUCache<string, Rules>({ max: SCHEMAS_KEPT });

interface Rules {
  readonly schema: object;
  /** Names of fields that stand in the schema: any other may hold a part of a document. */
  readonly names: ReadonlySet<string>;
}

const BREAKS_ANOTHER_RULE = 'It has a field that the schema does not allow, or breaks another of its rules.';

/**
 * Why an answer does not fit a schema, however long it takes, in words that name places and rules of the
 * schema and repeat nothing of the answer; `undefined` when it fits.
 *
 * @param schema JSON Schema 2020-12, as JSON.
 * @param answer as the service gave it.
 */
export function checkAnswer(schema: string, answer: string): string | undefined {
  const rules = schemas.get(schema) ?? rulesOf(JSON.parse(schema) as object);
  schemas.set(schema, rules);
  if (jsonShapeOf(answer).parts > PARTS_MAXIMUM) return `It has more than ${PARTS_MAXIMUM.toLocaleString('en')} lists, objects and fields.`;
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return 'It is not valid JSON.';
  }
  try {
    if (fitsSchema(rules.schema, value)) return undefined;
    const problems = checkAgainstSchema(rules.schema, value).slice(0, FAULTS_SHOWN);
    const named = problems.map(({ path, message }) => `${placeOf(path, value, rules)}: ${message}`);
    return named.join(' ').slice(0, FAULT_MAXIMUM_CHARACTERS) || BREAKS_ANOTHER_RULE;
  } catch {
    // A schema that refers to itself is followed by recursion.
    if (isDeeperThan(JSON_MAXIMUM_LEVELS, value)) return `It has ${JSON_LEVELS_IN_WORDS}.`;
    return 'The schema has a rule that cannot be followed.';
  }
}

function rulesOf(schema: object): Rules {
  const names = new Set<string>();
  for (let level: object[] = [schema]; level.length > 0; level = level.flatMap((each) => Object.values(each)).filter(isStructured)) {
    for (const { properties, required } of level as { properties?: unknown; required?: unknown }[]) {
      if (isStructured(properties)) for (const name of Object.keys(properties)) names.add(name);
      if (Array.isArray(required)) for (const name of required) names.add(String(name));
    }
  }
  return { schema, names };
}

/** The fields that lead to a place; of one that the schema does not name, only that there is one. */
function placeOf(path: readonly string[], answer: unknown, { names }: Rules): string {
  if (path.length === 0) return 'the answer';
  let at: unknown = answer;
  const shown = path.map((part) => {
    const isIndex = Array.isArray(at);
    at = isStructured(at) && Object.hasOwn(at, part) ? (at as Record<string, unknown>)[part] : undefined;
    return isIndex || names.has(part) ? part : 'a field';
  });
  return shown.join('.');
}
