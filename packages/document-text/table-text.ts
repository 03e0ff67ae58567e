import { TEXT_MAXIMUM_CHARACTERS, tooLong } from './check-text.ts';

/** HTML, “the table model”: what a cell may span, and what is taken for more. */
const COLUMNS_SPANNED_MAXIMUM = 1_000;
const ROWS_SPANNED_MAXIMUM = 65_534;
const COLUMN_SPACING = 3;
/** Of cells that reach into a row below, each counted once for each row: a second of a processor. */
const REACHING_MAXIMUM = 3_000_000;

export interface TableCell {
  readonly text: string;
  readonly colspan: number;
  readonly rowspan: number;
}

interface PlacedCell {
  readonly lines: readonly string[];
  readonly row: number;
  readonly rowEnd: number;
  readonly column: number;
  readonly columnEnd: number;
}

/** As HTML reads the attribute: a whole number from 1 to what a cell may span. */
export function spanOf(attribute: string | undefined, direction: 'columns' | 'rows'): number {
  const span = Number.parseInt(attribute ?? '', 10);
  return span > 0 ? Math.min(span, direction === 'columns' ? COLUMNS_SPANNED_MAXIMUM : ROWS_SPANNED_MAXIMUM) : 1;
}

/**
 * Prints the tables of one document by rows, with their columns below one another.
 *
 * A few characters can ask for very much: a cell that spans millions of places, or a long line in the first
 * column of many rows. Memory goes by the number of cells, never by the places that they span, and spaces are
 * counted before they are made. What is too much at once could not be ended: V8 ends the whole process.
 *
 * @throws DocumentTextError `too_large`, from the function, when spaces alone make the text too long, or too
 *   many cells span too many rows.
 */
export function tablePrinter(): (rows: readonly (readonly TableCell[])[]) => string {
  let spacesLeft = TEXT_MAXIMUM_CHARACTERS;
  let reachingLeft = REACHING_MAXIMUM;
  const looksAt = (reaching: number) => {
    reachingLeft -= reaching;
    if (reachingLeft < 0) throw tooLong();
  };
  return (rows) => {
    const cells = placed(rows, looksAt);
    const firstLine = offsets(cells, ({ row, rowEnd, lines }) => [row, rowEnd, lines.length]);
    const firstCharacter = offsets(cells, ({ column, columnEnd, lines }) => [column, columnEnd, widthOf(lines) + COLUMN_SPACING]);
    const output: string[] = [];
    for (const { lines, row, column } of cells.toSorted((one, other) => one.column - other.column)) {
      for (const [index, line] of lines.entries()) {
        const at = (firstLine.get(row) ?? 0) + index;
        const before = output[at] ?? '';
        const width = firstCharacter.get(column) ?? 0;
        spacesLeft -= Math.max(0, width - before.length);
        if (spacesLeft < 0) throw tooLong();
        output[at] = before.padEnd(width) + line;
      }
    }
    return Array.from(output, (line) => line ?? '').join('\n');
  };
}

/**
 * A cell goes to the first place of its row that no cell of a row above reaches into.
 *
 * @param looksAt is called for each row with how many reach into it.
 */
function placed(rows: readonly (readonly TableCell[])[], looksAt: (reaching: number) => void): PlacedCell[] {
  const cells: PlacedCell[] = [];
  let reaching: PlacedCell[] = [];
  for (const [row, ofRow] of rows.entries()) {
    reaching = reaching.filter(({ rowEnd }) => rowEnd > row);
    looksAt(reaching.length);
    const taken = reaching.toSorted((one, other) => one.column - other.column).values();
    let next = taken.next().value;
    let column = 0;
    for (const { text, colspan, rowspan } of ofRow) {
      while (next !== undefined && next.column <= column) {
        column = Math.max(column, next.columnEnd);
        next = taken.next().value;
      }
      const cell = {
        lines: text.split('\n'),
        row,
        rowEnd: Math.min(row + rowspan, rows.length),
        column,
        columnEnd: column + colspan,
      };
      cells.push(cell);
      if (cell.rowEnd > row + 1) reaching.push(cell);
      column = cell.columnEnd;
    }
  }
  return cells;
}

/**
 * Where rows, or columns, begin: behind all that end there or before.
 *
 * @param extent of a cell: where it begins and ends, and how much it takes.
 */
function offsets(
  cells: readonly PlacedCell[],
  extent: (cell: PlacedCell) => [from: number, to: number, size: number],
): Map<number, number> {
  const found = new Map<number, number>();
  const ends = new Map<number, number>();
  const extents = cells.map(extent).toSorted(([one], [other]) => one - other);
  const edges = [...new Set([...extents.map(([from]) => from), ...extents.map(([, to]) => to)])].toSorted((one, other) => one - other);
  let offset = 0;
  let index = 0;
  for (const edge of edges) {
    offset = Math.max(offset, ends.get(edge) ?? 0);
    found.set(edge, offset);
    for (let each = extents[index]; each !== undefined && each[0] === edge; each = extents[++index]) {
      const [, to, size] = each;
      ends.set(to, Math.max(ends.get(to) ?? 0, offset + size));
    }
  }
  return found;
}

function widthOf(lines: readonly string[]): number {
  return lines.reduce((width, line) => Math.max(width, line.length), 0);
}
