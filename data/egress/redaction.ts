import { createValueRedactor, SHORTEST_PROTECTED_CHARACTERS, type ValueRedactor } from '@holdfast/redaction';

/**
 * Knows the values that one use has opened and takes them out of everything that is shown, kept or passed on.
 */
export interface Redactor extends Omit<ValueRedactor, 'protect'> {
  /** From now on the value, or part of one, is removed. */
  protect(value: string): void;
}

/** `onProtect` gets each value once, so that the log can look for it too. */
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
    redactBytes: values.redactBytes,
    redactStream: values.redactStream,
    refuseIn: values.refuseIn,
  };
}
