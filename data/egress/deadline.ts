import { ConnectorError, type SocketDeadline } from '@holdfast/connector';
import type { EgressLimits } from './limits.ts';

/** What is longer has the time of a request for each part of this size. */
export const DEADLINE_BYTES = 64 * 1024 * 1024;

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

/**
 * Calls `over` when so many milliseconds have been spent in `during`, unless it is extended before; works
 * that overlap spend the same time. It is extended by itself with every {@link DEADLINE_BYTES}.
 *
 * @param moved bytes that went one way or the other so far.
 */
export function interruptedDeadline(milliseconds: number, moved: () => number, over: () => void): SocketDeadline {
  let left = milliseconds;
  let from = moved();
  let underWay = 0;
  let since = 0;
  let timer: Deadline | undefined;
  const run = () => {
    since = performance.now();
    timer = startDeadline(left, () => {
      if (moved() - from >= DEADLINE_BYTES) extend();
      else over();
    });
  };
  const pause = () => {
    timer?.end();
    left -= performance.now() - since;
  };
  const extend = () => {
    from = moved();
    if (underWay > 0) pause();
    left = milliseconds;
    if (underWay > 0) run();
  };
  const extendWhenMoved = () => {
    if (moved() - from >= DEADLINE_BYTES) extend();
  };
  return {
    async during(work) {
      underWay += 1;
      if (underWay === 1) run();
      try {
        return await work();
      } finally {
        extendWhenMoved();
        underWay -= 1;
        if (underWay === 0) pause();
      }
    },
    extend,
  };
}

/**
 * What is to be said when a deadline is over.
 *
 * @param what begins the message: “A request to api.example.com”.
 */
export function tookTooLong(what: string, { requestMilliseconds }: EgressLimits, mayHaveArrived = false): ConnectorError {
  return new ConnectorError('upstream_unreachable', `${what} took more than ${requestMilliseconds / 1000} seconds.`, {
    remedy: 'Look at the service, or at the network between; HOLDFAST_REQUEST_DEADLINE_SECONDS says how long a request may take.',
    retryable: true,
    mayHaveArrived,
  });
}
