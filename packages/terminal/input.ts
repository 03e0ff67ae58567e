import { decodeText, VALUE_MAXIMUM_BYTES } from '@holdfast/envelope';
import { remark } from './output.ts';
import { CommandError, usageError } from './report.ts';

/** More than any value or configuration; so much is read and no more. */
const TEXT_MAXIMUM_BYTES = 16 * VALUE_MAXIMUM_BYTES;

/**
 * Whether somebody sits before a terminal whom we can ask. What is typed there must not be shown, wherever
 * the answers go.
 */
function canAsk(): boolean {
  return process.stdin.isTTY === true;
}

interface SecretText {
  /** As in “Password of ada@example.com”. */
  readonly question: string;
  /** `many`: a whole file may be pasted, such as a private key. */
  readonly lines: 'one' | 'many';
  /** How to hand it over when the terminal cannot take it. */
  readonly alternative: string;
}

/**
 * Something secret: asked for at a terminal without showing it, or read from standard input, which loses one
 * line end at its end.
 *
 * @throws CommandError `cancelled`; `usage` for what is refused, such as what is too large or not UTF-8.
 */
export async function readSecretText(text: SecretText): Promise<string> {
  if (canAsk()) return (await import('./prompt/read-hidden.ts')).readHidden(text);
  return (await readAllOf(process.stdin, 'Standard input')).replace(/\r?\n$/, '');
}

/**
 * A whole file that may hold secrets: at a terminal its lines are hidden, and an end sign ends them.
 *
 * @throws CommandError as {@link readSecretText}.
 */
export async function readDocument(question: string, alternative: string, maximumBytes: number): Promise<string> {
  if (!canAsk()) return readAllOf(process.stdin, 'Standard input', maximumBytes);
  return (await import('./prompt/read-hidden.ts')).readHidden({ question, lines: 'many', document: true, maximumBytes, alternative });
}

/**
 * Asks for one of these keys, at the terminal at which a value was asked for; `undefined` for any other,
 * `false` without a terminal.
 */
export async function askForKey(question: string, keys: readonly string[]): Promise<string | undefined | false> {
  if (!canAsk()) return false;
  return (await import('./prompt/read-hidden.ts')).askForKey(question, keys);
}

/**
 * Call it right before a value that was asked for is sent: a piece of it may have come too late.
 *
 * @param alternative how to hand the value over without a terminal, for the remedy.
 * @throws CommandError `usage` when something has come since the value ended.
 */
export async function refuseLateInput(alternative: string): Promise<void> {
  if (canAsk()) (await import('./prompt/read-hidden.ts')).refuseLateInput(alternative);
}

/**
 * Says on standard error that text came behind the end of a value that was typed, if some did: it was thrown
 * away, and may have been a part of the value. Call it when all is sent; it changes nothing else.
 */
export async function remarkLateInput(): Promise<void> {
  const { heldTerminal } = await import('./prompt/held-terminal.ts');
  if (heldTerminal()?.hadLateInput !== true) return;
  remark('More text came after the end of the value, and was thrown away. If it belongs to the value, set it once more.');
}

/**
 * Asks for a line of text; `undefined` when nobody can be asked.
 *
 * @throws CommandError `cancelled`.
 */
export async function askFor(what: string): Promise<string | undefined> {
  if (!canAsk()) return undefined;
  // It reads the terminal in its own way.
  (await import('./prompt/held-terminal.ts')).heldTerminal()?.release();
  const { isCancel, text } = await import('@clack/prompts');
  const typed = await text({ message: what, output: process.stderr });
  if (isCancel(typed)) throw new CommandError('Cancelled. Nothing was done.', { code: 'cancelled' });
  return typed;
}

export const YES_OPTION = ['--yes', 'do not ask'] as const;

/**
 * Asks before something that cannot be undone; without a terminal it takes `--yes`.
 *
 * @throws CommandError `usage` without a terminal; `cancelled` for every answer but yes.
 */
export async function confirm(question: string): Promise<void> {
  if (!canAsk()) throw usageError(`${question} There is no terminal to ask at.`, 'Add --yes.');
  (await import('./prompt/held-terminal.ts')).heldTerminal()?.release();
  const prompts = await import('@clack/prompts');
  const confirmed = await prompts.confirm({ message: question, initialValue: false, output: process.stderr });
  if (confirmed !== true) throw new CommandError('Cancelled. Nothing was changed.', { code: 'cancelled' });
}

/**
 * All of a stream as text. The error names the source and holds nothing of it.
 *
 * @param source begins the message, as in “Standard input has more than …”.
 * @param maximumBytes 1 MiB by default; so much is read and no more.
 * @throws CommandError `usage` for more bytes, and for what is not UTF-8; what the stream fails with.
 */
export async function readAllOf(stream: AsyncIterable<Uint8Array>, source: string, maximumBytes = TEXT_MAXIMUM_BYTES): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
    if (length > maximumBytes) throw usageError(`${source} has more than ${maximumBytes.toLocaleString('en')} bytes.`, 'Nothing was sent.');
  }
  const decoded = decodeText(Buffer.concat(pieces));
  if (decoded.refusal !== undefined) throw usageError(`${source}: ${decoded.refusal}`, 'Nothing was sent.');
  return decoded.text;
}
