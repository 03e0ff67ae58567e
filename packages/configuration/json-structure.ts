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
