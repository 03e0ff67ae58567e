/** Does something now and then again, never twice at once; a failure is reported and does not end it. */
export function repeat(everySeconds: number, work: () => Promise<unknown>, onError: (error: unknown) => void): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  const round = () => {
    working = work()
      .catch(onError)
      .then(() => {
        if (!stopped) timer = setTimeout(round, everySeconds * 1000).unref();
      });
  };
  round();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await working;
    },
  };
}
