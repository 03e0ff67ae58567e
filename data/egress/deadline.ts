/** When a request has taken its time. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time begins again: another part of a long answer is there. */
  extend(): void;
  /** Nobody waits any more. */
  end(): void;
}

/** Aborts its signal after so many milliseconds, unless it is extended or ended before. */
export function startDeadline(milliseconds: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), milliseconds).unref();
  return {
    signal: controller.signal,
    extend: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  };
}
