/** What a shell says of a program that SIGPIPE has ended: 128 and the signal's number. */
const EXIT_BROKEN_PIPE = 141;
const EXIT_UNWRITABLE = 1;

/**
 * Ends quietly when nobody reads the answer any more, as `head` does after ten lines. An answer that could
 * not be written for another reason, such as a full disk, is an error: what it says may be there once only.
 */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_BROKEN_PIPE);
    process.stderr.write(
      `The answer could not be written to standard output (${error.code ?? 'unknown'}).\n→ What the command changed is changed. Make room, and look at it before you give the command again.\n`,
    );
    process.exit(EXIT_UNWRITABLE);
  });
}
