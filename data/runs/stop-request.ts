/** Why the work on a run is to stop before its end. */
export type StopReason =
  /** This process stops. */
  | 'interrupted'
  | 'cancelled'
  /** It has taken as long as a run may. */
  | 'too-long'
  /** Another organization waits, and this one has more slots. */
  | 'yielded';

/** Asked from outside of a run, and obeyed in it. */
export interface StopRequest {
  /** The first reason that was asked for. */
  reason(): StopReason | undefined;
  /** Whether what is under way is given a time at all. */
  hasDeadline(): boolean;
  /** Aborted as soon as anybody asks: nothing new is begun, and no pause is waited out. */
  readonly asked: AbortSignal;
  /** Aborted when what is under way is to end as well. */
  readonly aborted: AbortSignal;
  /** @param graceMilliseconds for what is under way; it is not ended at all when this is infinite. */
  ask(reason: StopReason, graceMilliseconds: number): void;
  [Symbol.dispose](): void;
}

export function createStopRequest(): StopRequest {
  const asked = new AbortController();
  const aborted = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  let first: StopReason | undefined;
  let deadline = false;
  return {
    reason: () => first,
    hasDeadline: () => deadline,
    asked: asked.signal,
    aborted: aborted.signal,
    ask(reason, graceMilliseconds) {
      // Who cancels does not wait because somebody asked more gently before.
      if (first === undefined || first === 'yielded') first = reason;
      asked.abort();
      deadline ||= Number.isFinite(graceMilliseconds);
      if (graceMilliseconds <= 0) aborted.abort();
      else if (Number.isFinite(graceMilliseconds)) timers.add(setTimeout(() => aborted.abort(), graceMilliseconds).unref());
    },
    [Symbol.dispose]() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
