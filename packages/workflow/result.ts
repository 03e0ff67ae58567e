import { isJsonObject, jsonShapeOf } from '@holdfast/configuration/json-structure';

/** A document above it has no `result`. */
export const RESULT_MAXIMUM_BYTES = 262_144;
/**
 * Of lists and objects inside one another. Beyond it, evaluation takes long, and then more stack than there
 * is.
 */
export const RESULT_MAXIMUM_DEPTH = 64;

/** When an expression looks for a `result` that is not there. */
export const NO_RESULT = `There is no “result”: the document is no JSON of at most ${RESULT_MAXIMUM_BYTES / 1024} KiB and ${RESULT_MAXIMUM_DEPTH} levels.`;

/**
 * What a document holds, as expressions see it: `undefined` when it is no JSON, or beyond the limits. Objects
 * are maps, whatever their keys are: one that is called `constructor` is a key like any other.
 */
export function readResult(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  if (bytes.length > RESULT_MAXIMUM_BYTES || jsonShapeOf(text).depth > RESULT_MAXIMUM_DEPTH) return undefined;
  try {
    return JSON.parse(text, (_key, value: unknown) => (isJsonObject(value) ? new Map(Object.entries(value)) : value));
  } catch {
    return undefined;
  }
}
