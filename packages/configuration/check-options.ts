import { type Schema, Validator } from '@cfworker/json-schema';
import { describeSchemaErrors, type OptionProblem } from './schema-errors.ts';

export type { OptionProblem } from './schema-errors.ts';

/**
 * Compiled once for each schema. The validator interprets: no code is made of a schema, which a content
 * security policy would forbid.
 */
const validators = new WeakMap<object, Validator>();

/**
 * What is wrong with a value by JSON Schema 2020-12, in words for the person who fills it in. They never
 * repeat the value.
 *
 * @param value a whole configuration, or one option with the option's own schema. What is undefined counts as
 * left out.
 */
export function checkAgainstSchema(schema: object, value: unknown): OptionProblem[] {
  const instance = asJson(value);
  return describeSchemaErrors(schema as Schema, instance, compiled(schema).validate(instance).errors);
}

/** Whether a value fits a schema at all. */
export function fitsSchema(schema: object, value: unknown): boolean {
  return compiled(schema).validate(asJson(value)).valid;
}

function compiled(schema: object): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made = new Validator(schema as Schema, '2020-12', false);
  validators.set(schema, made);
  return made;
}

/** A cleared field is undefined; in JSON it is left out. */
function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
