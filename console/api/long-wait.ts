import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { problemOf } from './problem.ts';

/** What the page waits for longer than usual, with nothing to show meanwhile. */
export type LongWait =
  | { readonly state: 'none' }
  | { readonly state: 'slow' }
  /** It failed, and is tried again. `title` says how. */
  | { readonly state: 'retrying'; readonly title: string };

const RETRYING_AFTER_MILLISECONDS = 1_800;
export const SLOW_AFTER_MILLISECONDS = 4_000;
const LOOK_MILLISECONDS = 300;
const NONE: LongWait = { state: 'none' };

export function useLongWait(): LongWait {
  const queries = useQueryClient().getQueryCache();
  const [wait, setWait] = useState(NONE);
  useEffect(() => {
    const since = new Map<string, number>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    function look() {
      timer = undefined;
      const now = performance.now();
      const waiting = queries.findAll({ type: 'active', fetchStatus: 'fetching', predicate: ({ state }) => state.status === 'pending' });
      for (const hash of since.keys()) if (!waiting.some(({ queryHash }) => queryHash === hash)) since.delete(hash);
      let found = NONE;
      for (const { queryHash, state } of waiting) {
        const began = since.get(queryHash) ?? now;
        since.set(queryHash, began);
        if (state.fetchFailureReason !== null && now - began >= RETRYING_AFTER_MILLISECONDS)
          found = { state: 'retrying', title: titleOf(state.fetchFailureReason) };
        else if (now - began >= SLOW_AFTER_MILLISECONDS && found.state === 'none') found = { state: 'slow' };
      }
      setWait((former) => (JSON.stringify(former) === JSON.stringify(found) ? former : found));
      if (waiting.length > 0) timer = setTimeout(look, LOOK_MILLISECONDS);
    }
    const unsubscribe = queries.subscribe(() => {
      // Not at once: the change may have come while something is drawn.
      timer ??= setTimeout(look, 0);
    });
    look();
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [queries]);
  return wait;
}

function titleOf(reason: unknown): string {
  const { code, title } = problemOf(reason);
  return code === 'unavailable' ? 'Holdfast does not answer' : title;
}
