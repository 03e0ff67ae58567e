import { setTimeout as sleep } from 'node:timers/promises';
import { isRecovering } from './leftover.ts';
import { probe } from './probe.ts';

/** Each time with a connection of its own, whose password costs both sides some milliseconds. */
const ASK_MILLISECONDS = 3_000;
/** After it gave no answer. */
const ASK_AGAIN_MILLISECONDS = 1_000;
const ANSWER_MILLISECONDS = 5_000;
/** Without any sign of life for so long it hangs. */
const SILENT_MILLISECONDS = 10_000;

/**
 * Asks a server regularly.
 *
 * @param startingMilliseconds how long it may say that it starts, while it really recovers.
 * @returns what is wrong with it, once it has not answered for too long; undefined when `over` comes first.
 */
export async function untilUnreachable(
  { url, dataDirectory, startingMilliseconds }: { url: string; dataDirectory: string; startingMilliseconds: number },
  over: AbortSignal,
): Promise<string | undefined> {
  let answeredAt = performance.now();
  let aliveAt = answeredAt;
  while (!over.aborted) {
    const { state, reason } = await probe(url, ANSWER_MILLISECONDS);
    const now = performance.now();
    if (state === 'answers' || state === 'refuses') {
      answeredAt = now;
      aliveAt = now;
    } else {
      if (state === 'starting' && isRecovering(dataDirectory) !== false) aliveAt = now;
      if (now - aliveAt > SILENT_MILLISECONDS || now - answeredAt > startingMilliseconds) {
        return `did not answer for ${Math.round((now - answeredAt) / 1000)} s (${reason})`;
      }
    }
    await sleep(aliveAt === now ? ASK_MILLISECONDS : ASK_AGAIN_MILLISECONDS, undefined, { signal: over }).catch(() => {});
  }
  return undefined;
}
