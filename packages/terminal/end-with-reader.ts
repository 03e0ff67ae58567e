/** What a shell says of a program that SIGPIPE has ended: 128 and the signal's number. */
const EXIT_BROKEN_PIPE = 141;

/** Ends quietly when nobody reads the answer any more, as `head` does after ten lines. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_BROKEN_PIPE);
  });
}
