/**
 * Starts parts that need each other. When that fails, those that had started are stopped again, the last one
 * first, and the error is that of the start, whatever stopping fails with.
 *
 * @param start puts how a part is stopped on the stack as soon as the part has started.
 * @param onStopFailure gets why a part could not be stopped; the others are stopped all the same.
 */
export async function startParts<Started>(
  start: (started: AsyncDisposableStack) => Promise<Started>,
  onStopFailure: (error: unknown) => void,
): Promise<Started> {
  const started = new AsyncDisposableStack();
  try {
    return await start(started);
  } catch (error) {
    await started.disposeAsync().catch(onStopFailure);
    throw error;
  }
}
