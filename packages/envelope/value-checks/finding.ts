export type ValueFindingCode =
  | 'unsealable'
  | 'blank'
  | 'invisible-character'
  | 'unicode-space'
  | 'typographic-character'
  | 'control-character'
  | 'replacement-character'
  | 'carriage-return'
  | 'mask'
  | 'placeholder'
  | 'literal-null'
  | 'surrounding-quotes'
  | 'name-in-front'
  | 'html-entity'
  | 'percent-encoded'
  | 'line-break'
  | 'incomplete'
  | 'outer-white-space'
  | 'short';

/**
 * A place in a value, both from 1. Columns count Unicode code points; a line ends with LF, CRLF or a lone CR.
 */
export interface ValuePosition {
  readonly line: number;
  readonly column: number;
}

/**
 * What looks like a mistake in a value. It names places and Unicode characters, and holds no other piece of
 * the value.
 */
export interface ValueFinding {
  readonly code: ValueFindingCode;
  /** `refuse`: the value is not to be sealed. `warn`: it may be as it is meant. */
  readonly severity: 'warn' | 'refuse';
  /** A sentence for the person who gave the value. */
  readonly message: string;
  /** The first place, when the finding is about one. */
  readonly at?: ValuePosition;
  /** Only where it is certain what was meant: the value without this fault. It is pure and asks nobody. */
  readonly clean?: (value: string) => string;
}

/** What a check knows beside the value. */
export interface ValueContext {
  /** Of the secret, when it is known: `NAME=` in front of its value is then certain to be a mistake. */
  readonly name?: string | undefined;
}

export type ValueCheck = (value: string, context: ValueContext) => readonly ValueFinding[];

/** Where the character at this index of the text is. */
export function positionOf(value: string, index: number): ValuePosition {
  const lines = value.slice(0, index).split(/\r\n|\r|\n/);
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
}

/** `at character 5`, or in a value of several lines `in line 2, at character 5`. */
export function placeWords(value: string, index: number): string {
  const { line, column } = positionOf(value, index);
  return /[\r\n]/.test(value) ? `in line ${line}, at character ${column}` : `at character ${column}`;
}

/** Whether the text is a JSON object or list. */
export function isJson(value: string): boolean {
  if (!/^\s*[[{]/.test(value)) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

export const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]+-----/;
export const PEM_END = /-----END [A-Z0-9 ]+-----/;
