import { styleText } from 'node:util';
import truncate from 'fast-string-truncated-width';

/** What a terminal would obey: control characters, and those that turn the direction of text. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const LEAST_WIDTH = 8;
const GAP = 2;

export type Tint = 'red' | 'green' | 'yellow' | 'cyan' | 'dim';

export interface Cell {
  readonly text: string;
  readonly tint?: Tint;
}

/** A name for people, from somebody else: what could act on the terminal is shown as a mark. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\u{fffd}');
}

/** Coloured where standard output is a terminal that shows colours, and NO_COLOR is not set. */
export function tinted({ text, tint }: Cell): string {
  return tint === undefined ? text : styleText(tint, text, { stream: process.stdout });
}

const STATES: Readonly<Record<string, Tint>> = {
  expired: 'red',
  failed: 'red',
  broken: 'red',
  'rotation-due': 'yellow',
  'awaiting-approval': 'yellow',
  unpublished: 'yellow',
  cancelled: 'yellow',
  running: 'cyan',
  queued: 'cyan',
  succeeded: 'green',
  published: 'green',
};

/** A state in its colour: red is wrong, yellow needs a look, cyan is under way, green is done. */
export function stateCell(state: string): Cell {
  const tint = STATES[state];
  return tint === undefined ? { text: state } : { text: state, tint };
}

export interface TableOptions {
  /** How wide it may be; by default the terminal's width, and without one any. */
  readonly width?: number;
  /** Columns, from 0, that are never cut: ids are of use only whole. */
  readonly whole?: readonly number[];
}

/**
 * Columns as wide as what stands in them. Where the whole is wider than the terminal, the widest columns are
 * cut, with an ellipsis; wide characters count twice. Without a terminal nothing is cut.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
  { whole = [], width = process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY }: TableOptions = {},
): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: printable(cell) } : cell)));
  const wanted = head.map((title, column) => Math.max(widthOf(title), ...cells.map((row) => widthOf(row[column]?.text ?? ''))));
  const widths = fit(wanted, width - GAP * (head.length - 1), whole);
  return [head.map((text): Cell => ({ text, tint: 'dim' })), ...cells]
    .map((row) =>
      row
        .map((cell, column) => {
          const text = cut(cell.text, widths[column] ?? 0);
          const last = column === row.length - 1;
          return tinted({ ...cell, text }) + (last ? '' : ' '.repeat((widths[column] ?? 0) - widthOf(text) + GAP));
        })
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** Facts about one thing, a line each; text of several lines is moved in. */
export function facts(pairs: readonly (readonly [string, string | Cell])[]): string {
  const width = Math.max(...pairs.map(([title]) => title.length));
  return pairs
    .map(([title, fact]) => {
      const cell = typeof fact === 'string' ? { text: fact } : fact;
      const text = cell.text
        .split(/\r?\n/)
        .map(printable)
        .join(`\n${' '.repeat(width + GAP)}`);
      return `${tinted({ text: title.padEnd(width), tint: 'dim' })}  ${tinted({ ...cell, text })}`.trimEnd();
    })
    .join('\n');
}

/** Takes columns of width from the widest until all of them fit. */
function fit(wanted: readonly number[], room: number, whole: readonly number[]): number[] {
  const widths = [...wanted];
  for (let over = widths.reduce((sum, each) => sum + each, 0) - room; over > 0; over -= 1) {
    const widest = widths.reduce((best, each, column) => {
      return whole.includes(column) || (best !== -1 && each <= (widths[best] ?? 0)) ? best : column;
    }, -1);
    const width = widths[widest] ?? 0;
    if (width <= LEAST_WIDTH) break;
    widths[widest] = width - 1;
  }
  return widths;
}

function widthOf(text: string): number {
  return truncate(text).width;
}

function cut(text: string, width: number): string {
  const { index, ellipsed } = truncate(text, { limit: width, ellipsis: '…' });
  return ellipsed ? `${text.slice(0, index)}…` : text.slice(0, index);
}
