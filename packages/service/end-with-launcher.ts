/**
 * Preloaded (`node --import`) into each process that a launcher guards, before anything else is loaded:
 * standard input is a pipe that the launcher holds. When it closes, the launcher is gone or asks us to end:
 * the same as SIGTERM, which ends a process that is still starting at once and one that is up in good order.
 * A pipe that closed before we looked reads as closed all the same.
 */
const end = (): void => {
  // Not process.kill, which confine.ts takes away.
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143);
};
process.stdin.once('end', end).once('error', end).resume();
// It alone is no reason to stay.
(process.stdin as unknown as { unref?(): void }).unref?.();
