import { validateValue } from '../value-rules.ts';
import { checkCharacters } from './characters.ts';
import type { ValueContext, ValueFinding } from './finding.ts';
import { checkPlaceholders } from './placeholders.ts';
import { checkShape } from './shape.ts';
import { checkWrapping } from './wrapping.ts';

/** Each step of cleaning may uncover the next fault: quotes in quotes behind a name. */
const CLEANING_STEPS = 20;

/**
 * What looks wrong with a value before it is sealed; afterwards nobody can look. One function for the
 * console, the command line and the SDK. A finding that refuses means: do not seal it. No message holds a
 * piece of the value beyond the Unicode name of a character, and where it is.
 *
 * @example
 * ```ts
 * for (const { severity, message } of checkValue(value, { name: 'API_KEY' })) {
 *   console.warn(severity, message);
 * }
 * ```
 */
export function checkValue(value: string, context: ValueContext = {}): ValueFinding[] {
  const refusal = validateValue(value);
  if (refusal !== undefined) return [{ code: 'unsealable', severity: 'refuse', message: refusal }];
  if (/^[\s\p{Cf}\p{Cc}]*$/u.test(value)) {
    return [{ code: 'blank', severity: 'refuse', message: 'The value has nothing in it but white space and invisible characters.' }];
  }
  return [checkPlaceholders, checkCharacters, checkWrapping, checkShape].flatMap((check) => check(value, context));
}

/** The value without the faults whose cleaning is certain; the value itself when there are none. */
export function cleanValue(value: string, context: ValueContext = {}): string {
  let text = value;
  for (let step = 0; step < CLEANING_STEPS; step += 1) {
    const cleaned = nextStep(text, context);
    if (cleaned === undefined) break;
    text = cleaned;
  }
  return text;
}

function nextStep(value: string, context: ValueContext): string | undefined {
  for (const { clean } of checkValue(value, context)) {
    const cleaned = clean?.(value);
    // What would leave nothing is not what was meant.
    if (cleaned !== undefined && cleaned !== value && cleaned.trim() !== '') return cleaned;
  }
  return undefined;
}
