import { createHash } from 'node:crypto';

/** Of each part, in UTF-8: what the file systems of servers allow. */
export const PART_MAXIMUM_BYTES = 255;
/** Of the whole path, the folder included: less than Linux and SFTP servers allow. */
export const PATH_MAXIMUM_BYTES = 3_000;

/** Controls, what separates folders on some servers, and what is no character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
const REPLACED = /[\u0000-\u001f\u007f-\u009f\\\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/**
 * The path of a document on the server: the folder, then the document's own path, in NFC. The same name
 * always gives the same path, and two different names never give the same: one that does not fit is changed
 * as little as needed (parts that are empty, `.` or `..`, controls, backslashes, too long) and carries eight
 * digits of a hash of what it was. What begins with `.holdfast-` is the name of a file that is on its way,
 * and is changed too.
 */
export function remotePath(folder: string, documentName: string): string {
  const original = documentName.normalize('NFC');
  const fit = original
    .split('/')
    .filter((part) => part !== '')
    .map((part) => shortened(fitPart(part), PART_MAXIMUM_BYTES))
    .join('/');
  const room = PATH_MAXIMUM_BYTES - (folder === '' ? 0 : Buffer.byteLength(folder) + 1);
  const name = fit !== '' && fit === original && Buffer.byteLength(fit) <= room ? fit : marked(fit, original, room);
  return joined(folder, name);
}

/** One path behind another. */
export function joined(folder: string, name: string): string {
  if (folder === '' || name === '') return folder === '' ? name : folder;
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** What a document is named in a run, of its path below the folder of a source. */
export function documentName(path: string): string {
  return remotePath('', path);
}

function fitPart(part: string): string {
  return part
    .replace(REPLACED, '_')
    .replace(/^\.{1,2}$/, (dots) => '_'.repeat(dots.length))
    .replace(/^\.holdfast-/, '_holdfast-');
}

/** With a mark in front of the extension; folders that find no room are left out from the back. */
function marked(fit: string, original: string, room: number): string {
  // UTF-16, so that two names which differ only in a half surrogate differ here too.
  const mark = `-${createHash('sha256').update(Buffer.from(original, 'utf16le')).digest('hex').slice(0, 8)}`;
  const folders = fit.split('/');
  const last = folders.pop() || 'document';
  while (folders.length > 0 && Buffer.byteLength(folders.join('/')) + 1 + PART_MAXIMUM_BYTES > room) folders.pop();
  const extension = /.(\.[^.\s]{1,16})$/u.exec(last)?.[1] ?? '';
  const stem = extension === '' ? last : last.slice(0, -extension.length);
  const path = folders.length === 0 ? '' : `${folders.join('/')}/`;
  return `${path}${shortened(stem, PART_MAXIMUM_BYTES - Buffer.byteLength(mark + extension))}${mark}${extension}`;
}

/** Cut between characters. */
function shortened(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let length = 0;
  let kept = '';
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}
