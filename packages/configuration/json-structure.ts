/** Whether a value of JSON is an object or an array: RFC 8259, section 1, calls these two structured. */
export function isStructured(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether a value of JSON is an object, which an array is not. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return isStructured(value) && !Array.isArray(value);
}

/** Whether a value has more than so many levels of lists and objects inside one another. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let level = [value].filter(isStructured);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === levels) return true;
    level = level.flatMap((each) => Object.values(each)).filter(isStructured);
  }
  return false;
}

/**
 * What a text of JSON would be read to, counted in it outside of strings: how many lists and objects are
 * inside one another at most, and how many lists, objects and fields there are. Of a text that is no JSON it
 * says nothing.
 */
export function jsonShapeOf(text: string): { readonly depth: number; readonly parts: number } {
  let open = 0;
  let depth = 0;
  let parts = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') inString = !inString;
    else if (inString) at += character === '\\' ? 1 : 0;
    else if (character === '[' || character === '{') {
      open += 1;
      parts += 1;
      depth = Math.max(depth, open);
    } else if (character === ']' || character === '}') open -= 1;
    else if (character === ':') parts += 1;
  }
  return { depth, parts };
}
