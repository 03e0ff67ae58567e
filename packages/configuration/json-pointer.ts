/** What a JSON Pointer looks like (RFC 6901, section 3), as a pattern of a schema or with the flag `u`. */
export const JSON_POINTER_PATTERN = '^(?:/(?:[^~/]|~[01])*)*$';

/**
 * The keys that a JSON Pointer goes through, without its escapes (RFC 6901, section 4): none for the whole.
 *
 * @param pointer fits {@link JSON_POINTER_PATTERN}.
 * @example pointerSegments('/a~1b/0') // ['a/b', '0']
 */
export function pointerSegments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * What stands at these keys, each of its own holder; `undefined` when it is not there. Of a list it is a
 * number without zeros before it, so that its length is no part of it.
 */
export function valueAt(root: unknown, segments: readonly string[]): unknown {
  let found = root;
  for (const key of segments) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    if (Array.isArray(found) && !/^(?:0|[1-9]\d*)$/.test(key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
