/** What the schema of an option says about a text. */
interface TextSchema {
  readonly pattern: string;
  /** UTF-16 units. Default: 0. */
  readonly minLength?: number;
  /** UTF-16 units. */
  readonly maxLength: number;
}

/** Whether an option is a text as its schema has it: a configuration may be older than the schema. */
export function fitsText(value: unknown, { pattern, minLength = 0, maxLength }: TextSchema): value is string {
  return typeof value === 'string' && value.length >= minLength && value.length <= maxLength && new RegExp(pattern, 'u').test(value);
}
