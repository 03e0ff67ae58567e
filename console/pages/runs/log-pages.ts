import type { RunLogLine } from '@holdfast/api';
import type { InfiniteData } from '@tanstack/react-query';

/** Lines of a page of the log; the most that the server gives at once. */
export const LOG_PAGE_LINES = 200;

export type LogPages = InfiniteData<{ items: RunLogLine[]; nextCursor: string | null }, string | null>;

/**
 * The pages with the lines behind their last one, when that is the end of the log: each line once. As many
 * pages as the server would give, so that as much is there when all of them are read again.
 */
export function withLines(log: LogPages, lines: readonly RunLogLine[]): LogPages {
  const { pages, pageParams } = log;
  const last = pages.at(-1);
  if (last === undefined || last.nextCursor !== null) return log;
  const newest = pages.findLast(({ items }) => items.length > 0)?.items.at(-1)?.sequence ?? -1;
  const added = lines.filter(({ sequence }) => sequence > newest);
  if (added.length === 0) return log;
  const tail = pagesOf([...last.items, ...added]);
  return {
    pages: [...pages.slice(0, -1), ...tail],
    // An added page has no cursor that is known, and needs none: reading again begins with the first page.
    pageParams: [...pageParams, ...tail.slice(1).map(() => null)],
  };
}

function pagesOf(lines: readonly RunLogLine[]): LogPages['pages'] {
  const count = Math.ceil(lines.length / LOG_PAGE_LINES);
  return Array.from({ length: count }, (_, page) => ({
    items: lines.slice(page * LOG_PAGE_LINES, (page + 1) * LOG_PAGE_LINES),
    nextCursor: null,
  }));
}
