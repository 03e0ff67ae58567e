/**
 * A parent that holds a channel to us (bin/holdfast.mjs on another Node, npm run try) means to outlive us.
 * When the channel closes the parent is gone: the same as a terminal that closes. This file is imported
 * first; a channel that closed before shows it too.
 */
const stop = (): void => {
  process.kill(process.pid, 'SIGHUP');
};
if (process.connected === false) stop();
else if (process.connected) {
  process.once('disconnect', stop);
  // It alone is no reason to stay.
  process.channel?.unref();
}

// Output that nobody reads any more, or that has no room, is dropped: it must not end what runs.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
