import { VALUE_MAXIMUM_BYTES } from '@holdfast/envelope';
import { CommandError, usageError } from './report.ts';

/** More than any value or .env file that makes sense; so much is read and no more. */
const TEXT_MAXIMUM_BYTES = 16 * VALUE_MAXIMUM_BYTES;

/** Whether somebody sits before a terminal whom we can ask. What is typed there must not be shown, wherever the answers go. */
function canAsk(): boolean {
  return process.stdin.isTTY === true;
}

/**
 * Something secret: asked for without showing it, or read from standard input, which loses one newline at its end.
 *
 * @param what as in “Password of ada@example.com”.
 */
export async function readSecretText(what: string): Promise<string> {
  if (canAsk()) {
    const { isCancel, password } = await import('@clack/prompts');
    const typed = await password({ message: what, output: process.stderr });
    if (isCancel(typed)) throw new CommandError('Cancelled. Nothing was done.', { code: 'cancelled' });
    return typed;
  }
  return (await readAllOf(process.stdin, 'Standard input')).replace(/\r?\n$/, '');
}

/** Asks for a line of text; `undefined` when nobody can be asked. */
export async function askFor(what: string): Promise<string | undefined> {
  if (!canAsk()) return undefined;
  const { isCancel, text } = await import('@clack/prompts');
  const typed = await text({ message: what, output: process.stderr });
  if (isCancel(typed)) throw new CommandError('Cancelled. Nothing was done.', { code: 'cancelled' });
  return typed;
}

/** Text in UTF-8. The error names the source and holds nothing of it. */
export async function readAllOf(stream: AsyncIterable<Uint8Array>, source: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
    if (length > TEXT_MAXIMUM_BYTES) throw usageError(`${source} holds more than ${TEXT_MAXIMUM_BYTES.toLocaleString('en')} bytes.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces));
  } catch {
    throw usageError(`${source} is not UTF-8 text.`, 'Encode binary values, for example with base64.');
  }
}
