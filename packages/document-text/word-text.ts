import mammoth from 'mammoth';
import { DocumentTextError } from './document-text-error.ts';
import { htmlText } from './html-text.ts';
import { checkUnpackedSize } from './unpacked-size.ts';

/**
 * The text of a Word document (docx): headings, paragraphs, lists and tables in their order; pictures and the
 * rest of the layout are left out. Nothing here bounds time: `textOf` runs it in a thread that it can end.
 *
 * @throws DocumentTextError `locked` (opens with a password, or is no docx but of the older kind),
 *   `unreadable`, `too_large` (more than 100 MiB or 10,000 entries when it is unpacked, or a text that is too
 *   long); an error of the parser for a zip file that is no Word document.
 */
export async function wordText(bytes: Uint8Array): Promise<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A document with a password is no zip file but a container of Microsoft’s own (MS-CFB).
  if (buffer.subarray(0, 8).toString('hex') === 'd0cf11e0a1b11ae1') {
    throw new DocumentTextError('locked', 'The Word document opens with a password only, or is of an older kind: save it as .docx.');
  }
  await checkUnpackedSize(buffer);
  const { value } = await mammoth.convertToHtml({ buffer }, { convertImage: mammoth.images.imgElement(async () => ({ src: '' })) });
  return htmlText(value);
}
