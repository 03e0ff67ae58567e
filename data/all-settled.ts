/** Throws why the first of these failed, once all of them have come to their end. */
export function throwFirst(ends: readonly PromiseSettledResult<unknown>[]): void {
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
