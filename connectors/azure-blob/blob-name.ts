import { createHash } from 'node:crypto';

/**
 * learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata#blob-names
 */
export const NAME_MAXIMUM_CHARACTERS = 1_024;
export const SEGMENTS_MAXIMUM = 254;

/**
 * What the service refuses or rewrites in a name, as the page above says: controls (U+0000–001F,
 * U+007F–009F), backslashes (rewritten as slashes), and code points that are not valid in a URL's path:
 * private use, non-characters, halves of a surrogate pair.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
const REPLACED = /[\u0000-\u001f\u007f-\u009f\\\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/**
 * The name of a document in the container: the folder, then the document's own path, in NFC. The same name
 * always gives the same result, and two different names never give the same: one that Azure would refuse or
 * rewrite is changed as little as needed and carries eight digits of a hash of what it was. At most {@link
 * NAME_MAXIMUM_CHARACTERS} UTF-16 code units and {@link SEGMENTS_MAXIMUM} segments, those of the folder
 * included.
 *
 * @param folder - NFC, without empty parts; at most 400 characters.
 */
export function blobName(folder: string, documentName: string): string {
  const original = documentName.normalize('NFC');
  const fit = fitForAzure(original);
  const room = {
    characters: NAME_MAXIMUM_CHARACTERS - (folder === '' ? 0 : folder.length + 1),
    segments: SEGMENTS_MAXIMUM - (folder === '' ? 0 : folder.split('/').length),
  };
  const asItIs = fit !== '' && fit === original && fit.length <= room.characters && fit.split('/').length <= room.segments;
  const name = asItIs ? fit : marked(fit, original, room);
  return folder === '' ? name : `${folder}/${name}`;
}

/** Without empty segments; dots and spaces at the end of one are dropped by the service, and are replaced. */
function fitForAzure(name: string): string {
  return name
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => segment.replace(REPLACED, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length)))
    .join('/');
}

/** The least that a last segment is cut to before folders are left out. */
const LAST_SEGMENT_CHARACTERS = 64;

/**
 * With a mark in front of the extension. What does not fit is cut: the end of the last segment first, then
 * whole folders from the back.
 */
function marked(fit: string, original: string, room: { characters: number; segments: number }): string {
  // UTF-16, so that two names which differ only in a half surrogate differ here too.
  const mark = `-${createHash('sha256').update(Buffer.from(original, 'utf16le')).digest('hex').slice(0, 8)}`;
  const segments = fit.split('/');
  const last = segments.pop() || 'document';
  const folders = segments.slice(0, room.segments - 1);
  const extension = /.(\.[^.\s]{1,16})$/u.exec(last)?.[1] ?? '';
  const stem = extension === '' ? last : last.slice(0, -extension.length);
  const needed = Math.min(last.length + mark.length, LAST_SEGMENT_CHARACTERS);
  while (folders.join('/').length + 1 + needed > room.characters) folders.pop();
  const path = folders.length === 0 ? '' : `${folders.join('/')}/`;
  return `${path}${shorten(stem, room.characters - path.length - mark.length - extension.length)}${mark}${extension}`;
}

/**
 * Cuts between characters, not inside a surrogate pair, and leaves no dot or space at the end of what may
 * become one.
 */
function shorten(text: string, characters: number): string {
  return text.slice(0, Math.max(1, characters)).replace(/[\ud800-\udbff]$/, '');
}
