import { VALUE_MAXIMUM_BYTES } from '@holdfast/envelope';
import { remark } from './output.ts';
import { CommandError, usageError } from './report.ts';

/** More than any value or .env file that makes sense; so much is read and no more. */
const TEXT_MAXIMUM_BYTES = 16 * VALUE_MAXIMUM_BYTES;

/** Whether somebody sits before a terminal whom we can ask. What is typed there must not be shown, wherever the answers go. */
function canAsk(): boolean {
  return process.stdin.isTTY === true;
}

interface SecretText {
  /** As in “Password of ada@example.com”. */
  readonly question: string;
  /** `many`: a whole file may be pasted, such as a private key. */
  readonly lines: 'one' | 'many';
  /** How to hand it over when the terminal cannot take it. */
  readonly otherWay: string;
}

/** Something secret: asked for at a terminal without showing it, or read from standard input, which loses one line end at its end. */
export async function readSecretText(text: SecretText): Promise<string> {
  if (canAsk()) return (await import('./terminal/read-hidden.ts')).readHidden(text);
  return (await readAllOf(process.stdin, 'Standard input')).replace(/\r?\n$/, '');
}

/** Call it right before a value that was asked for is sent: a piece of it may have come too late. */
export async function refuseLateInput(otherWay: string): Promise<void> {
  if (canAsk()) (await import('./terminal/read-hidden.ts')).refuseLateInput(otherWay);
}

/** Call it when all is sent. */
export async function remarkLateInput(): Promise<void> {
  const { heldTerminal } = await import('./terminal/held-terminal.ts');
  if (heldTerminal()?.hadLateInput !== true) return;
  remark('More text came after the end of the value, and was thrown away. If it belongs to the value, set it once more.');
}

/** Asks for a line of text; `undefined` when nobody can be asked. */
export async function askFor(what: string): Promise<string | undefined> {
  if (!canAsk()) return undefined;
  // It reads the terminal in its own way.
  (await import('./terminal/held-terminal.ts')).heldTerminal()?.release();
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
