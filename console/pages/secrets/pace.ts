import { problemOf } from '../../api/problem.ts';

/** The server does so many changes of one person at once. */
export const CHANGES_AT_ONCE = 3;
const PAUSES = 8;
const PAUSE_MILLISECONDS = 1_000;

/** How work on many secrets keeps to what the server can take. */
export interface Pace {
  /** Whether the server only asked for a pause. */
  readonly isPause: (error: unknown) => boolean;
  /** Ends early when it is stopped. */
  readonly wait: (milliseconds: number, stop: AbortSignal) => Promise<void>;
  /** Once it says so nothing more is begun, and nothing is tried again. */
  readonly stop: AbortSignal;
}

export const SERVER_PACE: Pick<Pace, 'isPause' | 'wait'> = {
  isPause: (error) => ['rate_limited', 'unavailable'].includes(problemOf(error).code),
  wait: (milliseconds, stop) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      stop.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    }),
};

/**
 * Does it, and again after a longer pause each time that the server asks for one, but not for ever.
 *
 * @throws what `work` throws; a wish for a pause when it is stopped, or has lasted too long.
 */
export async function withPauses<Answer>(work: () => Promise<Answer>, { isPause, wait, stop }: Pace): Promise<Answer> {
  for (let pause = 1; ; pause += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPause(error) || pause > PAUSES) throw error;
      if (!stop.aborted) await wait(PAUSE_MILLISECONDS * pause, stop);
      if (stop.aborted) throw error;
    }
  }
}
