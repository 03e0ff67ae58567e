import { useCallback, useEffect, useRef, useState } from 'react';

type Work = (signal: AbortSignal) => Promise<void>;
type Failed = (error: unknown) => void;

/**
 * What a form does when it is submitted: once at a time, and only while the form is shown. Ctrl+Enter submits
 * a form whose button is disabled, and so does a key that is held down; `run` passes those over. Its signal
 * is aborted when the form is left, by Cancel or otherwise; what fails from then on cannot be shown in the
 * form any more, and goes to `failedWhenLeft` alone.
 */
export function useSubmission() {
  const running = useRef<AbortController>(undefined);
  const [busy, setBusy] = useState(false);
  useEffect(() => () => running.current?.abort(), []);

  const run = useCallback(async (work: Work, failed: Failed, failedWhenLeft?: Failed): Promise<void> => {
    // The state below is seen by the next drawing, and a second key may come before it.
    if (running.current !== undefined) return;
    running.current = new AbortController();
    const { signal } = running.current;
    setBusy(true);
    try {
      await work(signal);
    } catch (error) {
      (signal.aborted ? failedWhenLeft : failed)?.(error);
    } finally {
      running.current = undefined;
      setBusy(false);
    }
  }, []);

  return { busy, run };
}
