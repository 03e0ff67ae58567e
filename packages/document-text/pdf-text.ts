import { getDocumentProxy } from 'unpdf';
import { DocumentTextError } from './document-text-error.ts';

const PAGES_MAXIMUM = 5_000;

/**
 * The text of a PDF, page by page, an empty line between them; lines as they stand on the page. Nothing here
 * bounds time or memory: `textOf` runs it in a thread that it can end.
 *
 * @param bytes are copied.
 * @throws DocumentTextError `locked` (opens with a password only), `unreadable`, `too_large` (more than 5,000
 *   pages); an error of the parser for a page that is damaged.
 */
export async function pdfText(bytes: Uint8Array): Promise<{ text: string; pages: number }> {
  let document: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  } catch (error) {
    if ((error as Error).name === 'PasswordException') throw new DocumentTextError('locked', 'The PDF opens with a password only.');
    throw new DocumentTextError('unreadable', 'The PDF cannot be read: it is damaged, or no PDF.');
  }
  if (document.numPages > PAGES_MAXIMUM) throw new DocumentTextError('too_large', 'The PDF has more than 5,000 pages.');
  const pages: string[] = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    pages.push(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''));
    page.cleanup();
  }
  return { text: pages.map((page) => page.trim()).join('\n\n'), pages: document.numPages };
}
