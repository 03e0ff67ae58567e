/**
 * What a JSON Pointer names (RFC 6901); `undefined` when it is not there. The empty pointer is the whole.
 *
 * @param pointer begins with `/`, or is empty.
 */
export function atPointer(value: unknown, pointer: string): unknown {
  let found = value;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
