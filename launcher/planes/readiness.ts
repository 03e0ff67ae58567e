import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.ts';

const ASK_MILLISECONDS = 50;
const ANSWER_MILLISECONDS = 3_000;
const LIVE_MILLISECONDS = 8_000;
const LOOK_MILLISECONDS = 2_000;
const UNANSWERED_MAXIMUM = 3;

/** Asks a plane until it says that it is ready. @returns false when `over` came first. */
export async function untilReady(url: string, over: AbortSignal): Promise<boolean> {
  while (!over.aborted) {
    if (await isReady(url, over)) return true;
    await sleep(ASK_MILLISECONDS, undefined, { signal: over }).catch(() => {});
  }
  return false;
}

/**
 * Asks a plane regularly whether it lives, which it says without asking anybody else. @returns true once it
 * has said nothing at all for half a minute: it hangs or spins. false when `over` came first.
 */
export async function untilSilent(url: string, over: AbortSignal): Promise<boolean> {
  let unanswered = 0;
  while (!over.aborted) {
    unanswered = (await answers(`${url}/health/live`, LIVE_MILLISECONDS, over)) ? 0 : unanswered + 1;
    if (unanswered >= UNANSWERED_MAXIMUM && !over.aborted) return true;
    await sleep(LOOK_MILLISECONDS, undefined, { signal: over }).catch(() => {});
  }
  return false;
}

const isReady = (url: string, over: AbortSignal) => answers(`${url}/health/ready`, ANSWER_MILLISECONDS, over);

async function answers(url: string, milliseconds: number, over: AbortSignal): Promise<boolean> {
  try {
    const { status } = await ask(url, AbortSignal.any([over, AbortSignal.timeout(milliseconds)]));
    return status === 200;
  } catch {
    return false;
  }
}
