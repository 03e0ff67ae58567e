/** JSON Schema 2020-12 of an object. */
export type AnswerSchema = Readonly<Record<string, unknown>>;

/** Of objects and lists inside one another. What follows a schema does so by recursion. */
const DEPTH_MAXIMUM = 200;
/** The rules in them hold for the same value as the rule that has them. */
const RULES_IN_LISTS = ['allOf', 'anyOf', 'oneOf'];
const RULES = ['not', 'if', 'then', 'else'];

/** Why a schema cannot be used at all, before anything is checked with it; `undefined` when it can. */
export function schemaFault(schema: AnswerSchema): string | undefined {
  const parts = partsOf(schema);
  if (parts === undefined) return `it has more than ${DEPTH_MAXIMUM} levels.`;
  for (const part of parts) {
    for (const [keyword, value] of Object.entries(part)) {
      if (typeof value !== 'string') continue;
      if (keyword === '$ref' && at(schema, value) === undefined) return `nothing in it is at the reference ${JSON.stringify(value)}.`;
      if (keyword === 'pattern' && !isPattern(value)) return `${JSON.stringify(value)} is no regular expression.`;
    }
  }
  return leadsBack(schema, parts) ? 'one of its rules refers to itself, and would be followed without end.' : undefined;
}

/** The schema and all objects in it; nothing when it has too many levels. */
function partsOf(schema: AnswerSchema): AnswerSchema[] | undefined {
  const parts: AnswerSchema[] = [];
  let level: object[] = [schema];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAXIMUM) return undefined;
    for (const each of level) if (!Array.isArray(each)) parts.push(each as AnswerSchema);
    level = level.flatMap((each) => Object.values(each)).filter(isObject);
  }
  return parts;
}

/**
 * Whether rules for one value form a circle, which no value ends. Rules without one are taken away, last ones
 * first, and those of a circle stay.
 */
function leadsBack(schema: AnswerSchema, parts: readonly AnswerSchema[]): boolean {
  const holders = new Map<unknown, AnswerSchema[]>(parts.map((part) => [part, []]));
  const open = new Map<AnswerSchema, number>();
  for (const part of parts) {
    const rules = rulesOf(schema, part).filter((rule) => holders.has(rule));
    for (const rule of rules) holders.get(rule)?.push(part);
    open.set(part, rules.length);
  }
  const done = parts.filter((part) => open.get(part) === 0);
  for (const part of done) {
    for (const holder of holders.get(part) ?? []) {
      const left = (open.get(holder) ?? 0) - 1;
      open.set(holder, left);
      if (left === 0) done.push(holder);
    }
  }
  return done.length < parts.length;
}

function rulesOf(schema: AnswerSchema, part: AnswerSchema): unknown[] {
  const references = ['$ref', '$recursiveRef'].map((keyword) => part[keyword]).filter((value) => typeof value === 'string');
  const { dependentSchemas } = part;
  return [
    ...references.map((reference) => at(schema, reference)),
    ...RULES_IN_LISTS.flatMap((keyword) => part[keyword]),
    ...RULES.map((keyword) => part[keyword]),
    ...(isObject(dependentSchemas) ? Object.values(dependentSchemas) : []),
  ];
}

/**
 * What stands at a JSON pointer within the schema (RFC 6901): `undefined` for nothing, and for what stands
 * elsewhere, which is not fetched.
 */
function at(schema: AnswerSchema, reference: string): unknown {
  if (!/^#(?:\/|$)/.test(reference)) return undefined;
  let found: unknown = schema;
  for (const part of reference.split('/').slice(1)) {
    if (!isObject(found)) return undefined;
    found = (found as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return found;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
