/**
 * Takes values out of text and bytes, in every form in which they usually leak. Logs, run logs, answers and
 * errors use it.
 */
export { SHORTEST_PROTECTED_CHARACTERS } from './distinctive.ts';
export { createValueRedactor, REDACTED, type ValueRedactor } from './redactor.ts';
export { type StreamRedactor, ValueFoundError } from './stream.ts';
