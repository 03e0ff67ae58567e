import { convert, type DomNode, type FormatCallback } from 'html-to-text';
import { TEXT_MAXIMUM_CHARACTERS, tooLong } from './check-text.ts';
import { spanOf, tablePrinter } from './table-text.ts';

/**
 * What a reader of the page would read: no scripts, styles, pictures or addresses of links; tables by rows.
 *
 * @throws DocumentTextError `too_large`, for tables, lists and quotations whose text would be too long.
 */
export function htmlText(html: string): string {
  return convert(html, {
    wordwrap: false,
    // Without it, what is behind 16 Mi characters is left out, and nobody hears of it.
    limits: { maxInputLength: Number.MAX_SAFE_INTEGER },
    formatters: { rows: tableFormatter(), quote, item },
    selectors: [
      { selector: 'a', options: { ignoreHref: true } },
      { selector: 'img', format: 'skip' },
      { selector: 'table', format: 'rows' },
      { selector: 'blockquote', format: 'quote' },
      { selector: 'li', format: 'item' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  });
}

/** Each level of quotations marks all lines within it: what is too long already is not made longer. */
const quote: FormatCallback = (quotation, walk, builder, { leadingLineBreaks, trailingLineBreaks, trimEmptyLines }) => {
  builder.openBlock({ leadingLineBreaks });
  walk(quotation.children, builder);
  builder.closeBlock({
    trailingLineBreaks,
    blockTransform: (text) => {
      const lines = trimEmptyLines === false ? notTooLong(text) : notTooLong(text).replace(/^\n+|(?<!\n)\n+$/g, '');
      return lines.replaceAll(/^/gm, '> ');
    },
  });
};

/** The content of an item; the list indents it. */
const item: FormatCallback = (each, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1 });
  walk(each.children, builder);
  builder.closeBlock({ trailingLineBreaks: 1, blockTransform: notTooLong });
};

function notTooLong(text: string): string {
  if (text.length > TEXT_MAXIMUM_CHARACTERS) throw tooLong();
  return text;
}

const ROW_GROUPS: readonly (string | undefined)[] = ['thead', 'tbody', 'tfoot', 'center'];

/** In place of `dataTable` of the library, which makes a place in memory for each that a cell spans. */
function tableFormatter(): FormatCallback {
  const print = tablePrinter();
  return (table, walk, builder, { leadingLineBreaks, trailingLineBreaks }) => {
    const rowsOf = ({ children = [] }: DomNode): DomNode[] =>
      children.flatMap((child) => (ROW_GROUPS.includes(child.name) ? rowsOf(child) : child.name === 'tr' ? [child] : []));
    builder.openTable();
    for (const row of rowsOf(table)) {
      builder.openTableRow();
      for (const cell of row.children ?? []) {
        if (cell.name !== 'td' && cell.name !== 'th') continue;
        builder.openTableCell();
        walk(cell.children, builder);
        builder.closeTableCell({ colspan: spanOf(cell.attribs?.colspan, 'columns'), rowspan: spanOf(cell.attribs?.rowspan, 'rows') });
      }
      builder.closeTableRow();
    }
    builder.closeTable({ tableToString: (rows) => print(rows), leadingLineBreaks, trailingLineBreaks });
  };
}
