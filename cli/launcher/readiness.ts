import { setTimeout as sleep } from 'node:timers/promises';

const ASK_MILLISECONDS = 50;
const ANSWER_MILLISECONDS = 3_000;

/** Asks a plane until it says that it is ready. @returns false when `over` came first. */
export async function untilReady(url: string, over: AbortSignal): Promise<boolean> {
  while (!over.aborted) {
    if (await isReady(url, over)) return true;
    await sleep(ASK_MILLISECONDS, undefined, { signal: over }).catch(() => {});
  }
  return false;
}

async function isReady(url: string, over: AbortSignal): Promise<boolean> {
  try {
    const signal = AbortSignal.any([over, AbortSignal.timeout(ANSWER_MILLISECONDS)]);
    const answer = await fetch(`${url}/health/ready`, { signal });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
