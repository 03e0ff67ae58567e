import { VALUE_MAXIMUM_BYTES } from '@holdfast/envelope';
import { counted } from '../output.ts';
import { CommandError, usageError } from '../report.ts';
import { heldTerminal, holdTerminal } from './held-terminal.ts';
import { type HiddenTextOutcome, type HiddenTextSize, hiddenText } from './hidden-text.ts';

/** A paste without marks comes in pieces; after Enter, nothing for so long means that a person pressed it. */
const SETTLE_MILLISECONDS = 300;

export interface HiddenQuestion {
  /** As in “Value of API_KEY”. */
  readonly question: string;
  readonly lines: 'one' | 'many';
  /** Several lines from the start, ended by the end sign only. */
  readonly document?: boolean;
  /** Of UTF-8; by default as much as a value may have. */
  readonly maximumBytes?: number;
  /** How to hand it over without a terminal. */
  readonly alternative: string;
}

/**
 * Asks at the terminal for something secret, and shows sizes of it, never a piece. The terminal stays held
 * until the process ends.
 *
 * @throws CommandError `cancelled`, and `usage` for what is refused; what was still coming has been read
 *   away.
 */
export async function readHidden({
  question,
  lines,
  document = false,
  maximumBytes = VALUE_MAXIMUM_BYTES,
  alternative,
}: HiddenQuestion): Promise<string> {
  const terminal = holdTerminal();
  const show = (text: string) => terminal.write(`\r\x1b[K> ${text.slice(0, Math.max(8, terminal.columns - 3))}`);
  const typed = hiddenText({ lines, maximumBytes, document });
  terminal.write(`${question} (hidden). ${document ? END_SIGN : lines === 'many' ? 'Paste or type it, then Enter.' : 'Then Enter.'}\n`);
  show('');
  const outcome = await new Promise<HiddenTextOutcome>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let arrivals = 0;
    const settleLater = () => {
      clearTimeout(timer);
      const seen = ++arrivals;
      // The look at the terminal between the timer and the decision: a process that stood still may have
      // bytes waiting.
      timer = setTimeout(() => setImmediate(() => seen === arrivals && settle()), SETTLE_MILLISECONDS);
    };
    const settle = () => {
      typed.quiet();
      const found = typed.outcome();
      if (found !== undefined) resolve(found);
    };
    terminal.listen(
      (bytes) => {
        typed.take(bytes);
        bytes.fill(0);
        const found = typed.outcome();
        // A text that is complete is answered at once; what ends badly only when nothing comes any more.
        if (found?.kind === 'text') return resolve(found);
        if (found === undefined) show(sizeInWords(typed.size()));
        settleLater();
      },
      () => resolve({ kind: 'cancelled' }),
    );
  });
  terminal.listen(undefined);
  terminal.write('\n');
  if (outcome.kind === 'text') return outcome.text;
  terminal.release();
  if (outcome.kind === 'cancelled') throw new CommandError('Cancelled. Nothing was stored.', { code: 'cancelled' });
  throw usageError(`${refusalOf(outcome.reason, question, maximumBytes)} Nothing was stored.`, alternative);
}

/**
 * Asks for one key. Answers it in lower case when it is one of `keys`, and `undefined` for any other and for
 * several at once.
 */
export async function askForKey(question: string, keys: readonly string[]): Promise<string | undefined> {
  const terminal = holdTerminal();
  terminal.write(`${question} `);
  const pressed = await new Promise<string>((resolve) => {
    terminal.listen(
      (bytes) => resolve(Buffer.from(bytes).toString('latin1').toLowerCase()),
      () => resolve(''),
    );
  });
  terminal.listen(undefined);
  const known = keys.includes(pressed) ? pressed : undefined;
  terminal.write(`${known ?? ''}\n`);
  return known;
}

/**
 * Call it before something that was asked for is sent: a piece of it may have come too late.
 *
 * @throws CommandError `usage` when something has come since it ended.
 */
export function refuseLateInput(alternative: string): void {
  if (heldTerminal()?.hadLateInput !== true) return;
  throw usageError('More text came after the end of the value, so the value may be cut short. Nothing was stored.', alternative);
}

const END_SIGN = 'End with Ctrl-D, or with a line that is a single dot; Ctrl-C cancels.';
const DOTS_MAXIMUM = 40;

function sizeInWords({ bytes, characters, lines, pasted, waitsForEndSign }: HiddenTextSize): string {
  const size = `${counted(lines, 'line')}, ${bytes < 1_000 ? counted(bytes, 'byte') : `${(bytes / 1_000).toFixed(1)} KB`}.`;
  if (waitsForEndSign) return `${size} ${END_SIGN}`;
  if (pasted) return `${size} Enter ends it, Ctrl-C cancels.`;
  return '•'.repeat(Math.min(characters, DOTS_MAXIMUM)) + (characters > DOTS_MAXIMUM ? ` ${characters} characters` : '');
}

function refusalOf(reason: Extract<HiddenTextOutcome, { kind: 'refused' }>['reason'], question: string, maximumBytes: number): string {
  switch (reason) {
    case 'several-lines':
      return `${question}: several lines came, and it has one.`;
    case 'too-large':
      return `${question}: more than ${maximumBytes.toLocaleString('en')} bytes came.`;
    case 'not-utf-8':
      return `${question}: what came is not UTF-8 text.`;
    case 'control-characters':
      return `${question}: keys or control characters came among the lines, so they may differ from what was copied.`;
    case 'after-the-end':
      return `${question}: more text came after the end sign.`;
  }
}
