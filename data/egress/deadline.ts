/** When a request has taken its time. */
export interface Deadline {
  /** The time begins again: another part of a long answer is there. */
  extend(): void;
  /** Nobody waits any more. */
  end(): void;
}

/** Calls `over` after so many milliseconds, unless it is extended or ended before. */
export function startDeadline(milliseconds: number, over: () => void): Deadline {
  const timer = setTimeout(over, milliseconds).unref();
  return {
    extend: () => void timer.refresh(),
    end: () => clearTimeout(timer),
  };
}
