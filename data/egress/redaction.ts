import { createValueRedactor, SHORTEST_PROTECTED_CHARACTERS, type ValueRedactor } from '@holdfast/redaction';

/**
 * Knows the values that one use has opened and takes them out of everything that is shown, kept or passed on.
 */
export interface Redactor extends Omit<ValueRedactor, 'protect'> {
  /** From now on the value, or part of one, is removed. */
  protect(value: string): void;
  /** What was thrown while the values were open, for whatever stores or shows it: see {@link redactError}. */
  redactError(error: unknown): unknown;
}

/**
 * Looks for the values of one use, for as long as it is there. A value of under 8 characters is not looked
 * for.
 *
 * @param onProtect gets each value once, so that the log can look for it too.
 * @example
 * ```ts
 * const redactor = createRedactor((value) => logger.protect(value));
 * redactor.protect('correct-horse-battery');
 * redactor.redact('password=correct-horse-battery'); // 'password=[redacted]'
 * ```
 */
export function createRedactor(onProtect: (value: string) => void = () => {}): Redactor {
  const values = createValueRedactor();
  const known = new Set<string>();
  return {
    protect(value) {
      if (known.has(value) || value.length < SHORTEST_PROTECTED_CHARACTERS) return;
      known.add(value);
      onProtect(value);
      values.protect(value);
    },
    redact: values.redact,
    redactError: (error) => redactError(error, values.redact),
    redactBytes: values.redactBytes,
    redactStream: values.redactStream,
    refuseIn: values.refuseIn,
  };
}

/** Chosen from fixed words, on which others decide. */
const FIXED = new Set(['name', 'code']);

/**
 * The same error without values: its message, its stack and every other text that it has, such as a remedy,
 * are redacted. It has no cause and no other error in it, which may hold anything.
 */
export function redactError(error: unknown, redact: (text: string) => string): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? redact(error) : error;
  // Made by the platform for a signal, with fixed words; it cannot be copied.
  if (error instanceof DOMException) return error;
  const copy = Object.create(Object.getPrototypeOf(error)) as Error;
  for (const name of Object.getOwnPropertyNames(error)) {
    if (name === 'cause') continue;
    const found = (error as unknown as Record<string, unknown>)[name];
    const value = FIXED.has(name) ? found : redactedIn(found, redact);
    Object.defineProperty(copy, name, { value, writable: true, configurable: true, enumerable: isEnumerable(error, name) });
  }
  return copy;
}

function isEnumerable(error: Error, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(error, name);
}

/** Texts in plain objects and lists; anything else that an error holds is left as it is. */
function redactedIn(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (value instanceof Error) return undefined;
  if (Array.isArray(value)) return value.map((each) => redactedIn(each, redact));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [redact(name), redactedIn(each, redact)]));
}
