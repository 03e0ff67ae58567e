/**
 * For an option that may be given several times. Unlike `<name...>` it does not take the arguments that
 * follow it.
 */
export function repeatable(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}
