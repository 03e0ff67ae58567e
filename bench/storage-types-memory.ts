/** As often the memory of the process is looked at. */
const LOOK_MILLISECONDS = 25;

/**
 * Runs the work, and prints as JSON how long it took, how much processor time, and how much more memory the
 * process had (bytes, resident) than before it. Call it when the library is loaded.
 */
export async function printMeasured(work: () => Promise<unknown>): Promise<void> {
  const idle = process.memoryUsage.rss();
  let most = idle;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, LOOK_MILLISECONDS);
  const used = process.cpuUsage();
  const began = performance.now();
  await work();
  const milliseconds = performance.now() - began;
  const { user, system } = process.cpuUsage(used);
  clearInterval(timer);
  console.log(JSON.stringify({ milliseconds, processorSeconds: (user + system) / 1e6, aboveIdle: most - idle }));
}
