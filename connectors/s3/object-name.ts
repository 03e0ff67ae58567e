import { createHash } from 'node:crypto';

/** UTF-8. docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const NAME_MAXIMUM_BYTES = 1_024;

/** Characters that S3 cannot list (XML 1.0 has none for them), or that are no characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
const REPLACED = /[\u0000-\u001f\u007f-\u009f\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/**
 * The key of a document in the bucket: the folder, then the document's own path, in NFC. The same name always
 * gives the same key, and two different names never give the same: one that does not fit is changed as little
 * as needed (parts that are empty, `.` or `..`, controls, too long) and carries eight digits of a hash of
 * what it was. At most {@link NAME_MAXIMUM_BYTES}, the folder included.
 *
 * @param folder - NFC, without empty parts, `.` and `..`; at most 400 characters.
 */
export function objectName(folder: string, documentName: string): string {
  const original = documentName.normalize('NFC');
  const fit = fitForS3(original);
  // A folder of 400 characters outside of Latin can take more than there is; the last part is then cut.
  const room = NAME_MAXIMUM_BYTES - (folder === '' ? 0 : Buffer.byteLength(folder) + 1);
  const name = fit !== '' && fit === original && Buffer.byteLength(fit) <= room ? fit : marked(fit, original, room);
  return folder === '' ? name : `${folder}/${name}`;
}

function fitForS3(name: string): string {
  return name
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => segment.replace(REPLACED, '_').replace(/^\.{1,2}$/, (dots) => '_'.repeat(dots.length)))
    .join('/');
}

/** The least that a last segment is cut to before folders are left out. */
const LAST_SEGMENT_BYTES = 96;

/**
 * With a mark in front of the extension. What does not fit is cut: the end of the last segment first, then
 * whole folders from the back.
 */
function marked(fit: string, original: string, room: number): string {
  // UTF-16, so that two names which differ only in a half surrogate differ here too.
  const mark = `-${createHash('sha256').update(Buffer.from(original, 'utf16le')).digest('hex').slice(0, 8)}`;
  const folders = fit.split('/');
  const last = folders.pop() || 'document';
  const extension = /.(\.[^.\s]{1,16})$/u.exec(last)?.[1] ?? '';
  const stem = extension === '' ? last : last.slice(0, -extension.length);
  const end = Buffer.byteLength(mark + extension);
  const needed = Math.min(Buffer.byteLength(stem) + end, LAST_SEGMENT_BYTES);
  while (folders.length > 0 && Buffer.byteLength(folders.join('/')) + 1 + needed > room) folders.pop();
  const path = folders.length === 0 ? '' : `${folders.join('/')}/`;
  return `${path}${shortened(stem, room - Buffer.byteLength(path) - end)}${mark}${extension}`;
}

/** Cut between characters. */
function shortened(text: string, bytes: number): string {
  let length = 0;
  let kept = '';
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}
