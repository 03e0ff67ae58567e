import { LRUCache } from 'lru-cache';
import { boundValues, RESULT_TOO_LARGE } from './bounded-values.ts';
import { type ExpressionUse, environment, expressionFault } from './expression-checks.ts';
import { NO_RESULT } from './result.ts';

export { type ExpressionUse, expressionFault } from './expression-checks.ts';
export { RESULT_MAXIMUM_BYTES, readResult } from './result.ts';

/**
 * The value of expressions of a step, in the Common Expression Language (https://cel.dev), which the data
 * plane alone asks for. Nothing in them runs as code of the program.
 */

/** What an expression sees of a document. */
export interface DocumentFacts {
  readonly name: string;
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
  /** Of the workflow, that it came from. */
  readonly source: string;
}

export interface Facts {
  readonly document: DocumentFacts;
  /** What the document holds: see {@link readResult}. */
  readonly result?: unknown;
}

/** Whether an expression looks into the document. */
export function readsResult(text: string): boolean {
  return /\bresult\b/.test(text);
}

/** An expression could not be evaluated; `message` says why, and holds nothing of the document. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

boundValues(environment, () => new ExpressionError(RESULT_TOO_LARGE));

/** Of a value as JSON with line breaks. */
const JSON_MAXIMUM_CHARACTERS = 4 * 1_048_576;

type Evaluate = (facts: object) => unknown;
/** By what they are for, and their text: what a text may give is checked for each. */
const parsed = new LRUCache<string, Evaluate>({ max: 500 });

/**
 * The value of an expression for one document: plain JSON values, with whole numbers as numbers. A pattern,
 * or lists in lists, can take without end: the caller has to end it.
 *
 * @throws ExpressionError for one that is wrong, that looks for what is not there, or gives something else
 *   than it is for.
 */
export function evaluateExpression<U extends ExpressionUse>(text: string, use: U, facts: Facts): ValueOf<U> {
  return computed(text, use, facts) as ValueOf<U>;
}

type ValueOf<U extends ExpressionUse> = U extends 'condition' ? boolean : U extends 'name' ? string : unknown;

function computed(text: string, use: ExpressionUse, facts: Facts): unknown {
  const evaluate = parsed.get(keyOf(text, use)) ?? parse(text, use);
  const { document, ...rest } = facts;
  const value = explained(() => evaluate({ document: { ...document, size: BigInt(document.size), ...partsOf(document.name) }, ...rest }));
  if (use === 'condition' && typeof value !== 'boolean') throw new ExpressionError('It gives neither true nor false.');
  if (use === 'name' && typeof value !== 'string') throw new ExpressionError('It gives no text.');
  return plain(value, jsonCounter(), 1);
}

function parse(text: string, use: ExpressionUse): Evaluate {
  const fault = expressionFault(text, use);
  if (fault !== undefined) throw new ExpressionError(fault);
  const evaluate = environment.parse(text) as Evaluate;
  parsed.set(keyOf(text, use), evaluate);
  return evaluate;
}

function keyOf(text: string, use: ExpressionUse): string {
  return `${use} ${text}`;
}

/** `{ stem: 'a/invoice', extension: 'pdf' }` of `a/invoice.pdf`. */
function partsOf(name: string): { stem: string; extension: string } {
  const [, stem = name, extension = ''] = /^(.*[^/])\.([^./]{1,16})$/s.exec(name) ?? [];
  return { stem, extension };
}

function explained(evaluate: () => unknown): unknown {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    const { code, summary } = error as { code?: unknown; summary?: unknown };
    if (code === 'unknown_variable') throw new ExpressionError(NO_RESULT);
    throw new ExpressionError(typeof summary === 'string' ? `${summary}.` : 'It cannot be evaluated for this document.');
  }
}

/** Counts characters, and fails when there are too many: one list may stand in others many times. */
function jsonCounter(): (characters: number) => void {
  let left = JSON_MAXIMUM_CHARACTERS;
  return (characters) => {
    left -= characters;
    if (left < 0) throw new ExpressionError(`It gives more than ${JSON_MAXIMUM_CHARACTERS / 1_048_576} MiB of JSON.`);
  };
}

function plain(value: unknown, count: (characters: number) => void, level: number): unknown {
  count(2 * level + (typeof value === 'string' ? value.length : 4));
  if (typeof value === 'bigint') {
    if (!Number.isSafeInteger(Number(value))) throw new ExpressionError('It gives a whole number that JSON cannot hold exactly.');
    return Number(value);
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value instanceof Date) return value.toISOString();
  const inner = (each: unknown) => plain(each, count, level + 1);
  const named = ([key, each]: [unknown, unknown]): [string, unknown] => [String(inner(key)), inner(each)];
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof Map) return Object.fromEntries([...value].map(named));
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(named));
  }
  throw new ExpressionError('It gives something that JSON cannot hold.');
}
