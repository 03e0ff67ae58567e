import { isDeeperThan } from '@holdfast/configuration';
import { ConnectorError } from './connector-error.ts';

/**
 * Of lists and objects inside one another. JSON.stringify, and JSON.parse with a reviver, call themselves for
 * each level: at some 2,500 of them no stack is left.
 */
export const JSON_MAXIMUM_LEVELS = 1_000;
export const JSON_LEVELS_IN_WORDS = `more than ${JSON_MAXIMUM_LEVELS.toLocaleString('en')} levels of lists and objects inside one another`;

interface JsonFailure {
  readonly code: 'document_unsupported' | 'answer_invalid';
  /** Begins the sentence: `The JSON of “invoice.json”`. */
  readonly what: string;
  readonly remedy: string;
}

/**
 * What came from outside, before it is written as JSON or walked by recursion.
 *
 * @param value as JSON.parse without a reviver gives it, which calls itself for no level.
 * @throws ConnectorError of that code, for this document alone, above {@link JSON_MAXIMUM_LEVELS}.
 */
export function requireLevels(value: unknown, { code, what, remedy }: JsonFailure): void {
  if (!isDeeperThan(JSON_MAXIMUM_LEVELS, value)) return;
  throw new ConnectorError(code, `${what} has ${JSON_LEVELS_IN_WORDS}.`, { remedy, documentOnly: true });
}
