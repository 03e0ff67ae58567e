import { isStructured, pointerSegments, valueAt } from '@holdfast/configuration';

/** JSON Schema 2020-12 of an object. */
export type AnswerSchema = Readonly<Record<string, unknown>>;

/** Of objects and lists inside one another. What follows a schema does so by recursion. */
const DEPTH_MAXIMUM = 200;
/** The rules in them hold for the same value as the rule that has them. */
const RULES_IN_LISTS = ['allOf', 'anyOf', 'oneOf'];
const RULES = ['not', 'if', 'then', 'else'];
/** What stands in them has names of fields or parts for keys, and schemas for values. */
const NAMED = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
/** Values as an answer has them: no rule stands there. */
const DATA = ['const', 'enum', 'default', 'examples'];

/** Why a schema cannot be used at all, before anything is checked with it; `undefined` when it can. */
export function schemaFault(schema: AnswerSchema): string | undefined {
  const parts = partsOf(schema);
  if (parts === undefined) return `it has more than ${DEPTH_MAXIMUM} levels.`;
  for (const { $ref, pattern, patternProperties } of parts) {
    if (typeof $ref === 'string' && at(schema, parts, $ref) === undefined) {
      return `nothing in it is at the reference ${JSON.stringify($ref)}.`;
    }
    const patterns = [pattern, ...(isStructured(patternProperties) ? Object.keys(patternProperties) : [])];
    const wrong = patterns.find((each) => typeof each === 'string' && !isPattern(each));
    if (wrong !== undefined) return `${JSON.stringify(wrong)} is no regular expression.`;
  }
  return leadsBack(schema, parts) ? 'one of its rules refers to itself, and would be followed without end.' : undefined;
}

interface Found {
  readonly value: object;
  readonly kind: 'schema' | 'named' | 'data';
}

/** The schema and all schemas in it; nothing when it has too many levels. */
function partsOf(schema: AnswerSchema): ReadonlySet<AnswerSchema> | undefined {
  const parts = new Set<AnswerSchema>();
  let level: Found[] = [{ value: schema, kind: 'schema' }];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAXIMUM) return undefined;
    for (const { value, kind } of level) if (kind === 'schema' && !Array.isArray(value)) parts.add(value as AnswerSchema);
    level = level.flatMap(within);
  }
  return parts;
}

function within({ value, kind }: Found): Found[] {
  const kindOf = (key: string): Found['kind'] => {
    if (kind !== 'schema') return kind === 'named' ? 'schema' : 'data';
    if (Array.isArray(value)) return 'schema';
    return NAMED.includes(key) ? 'named' : DATA.includes(key) ? 'data' : 'schema';
  };
  return Object.entries(value).flatMap(([key, each]) => (isStructured(each) ? [{ value: each, kind: kindOf(key) }] : []));
}

/**
 * Whether rules for one value form a circle, which no value ends. Rules without one are taken away, last ones
 * first, and those of a circle stay.
 */
function leadsBack(schema: AnswerSchema, parts: ReadonlySet<AnswerSchema>): boolean {
  const holders = new Map<unknown, AnswerSchema[]>([...parts].map((part) => [part, []]));
  const open = new Map<AnswerSchema, number>();
  for (const part of parts) {
    const rules = rulesOf(schema, parts, part).filter((rule) => holders.has(rule));
    for (const rule of rules) holders.get(rule)?.push(part);
    open.set(part, rules.length);
  }
  const done = [...parts].filter((part) => open.get(part) === 0);
  for (const part of done) {
    for (const holder of holders.get(part) ?? []) {
      const left = (open.get(holder) ?? 0) - 1;
      open.set(holder, left);
      if (left === 0) done.push(holder);
    }
  }
  return done.length < parts.size;
}

function rulesOf(schema: AnswerSchema, parts: ReadonlySet<AnswerSchema>, part: AnswerSchema): unknown[] {
  const references = ['$ref', '$recursiveRef'].map((keyword) => part[keyword]).filter((value) => typeof value === 'string');
  const { dependentSchemas } = part;
  return [
    ...references.map((reference) => at(schema, parts, reference)),
    ...RULES_IN_LISTS.flatMap((keyword) => part[keyword]),
    ...RULES.map((keyword) => part[keyword]),
    ...(isStructured(dependentSchemas) ? Object.values(dependentSchemas) : []),
  ];
}

/**
 * The schema at a JSON pointer within the schema, as a part of an address has it (RFC 6901, section 6), or at
 * an anchor: `undefined` for nothing, for what is no schema there, and for what stands elsewhere, which is
 * not fetched.
 */
function at(schema: AnswerSchema, parts: ReadonlySet<AnswerSchema>, reference: string): unknown {
  const pointer = reference.startsWith('#') ? percentDecoded(reference.slice(1)) : undefined;
  if (pointer === undefined) return undefined;
  if (pointer !== '' && !pointer.startsWith('/')) return [...parts].find(({ $anchor }) => $anchor === pointer);
  const found = valueAt(schema, pointerSegments(pointer));
  return typeof found === 'boolean' || parts.has(found as AnswerSchema) ? found : undefined;
}

function percentDecoded(text: string): string | undefined {
  try {
    // Signs that have a meaning in an address stay as they are: who checks answers decodes no others.
    return decodeURI(text);
  } catch {
    return undefined;
  }
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
