import { createHash } from 'node:crypto';

/** What a service takes as the name of a document. */
export interface NameRules {
  /** What the limits count: UTF-16 code units, or bytes of UTF-8. */
  readonly unit: 'characters' | 'bytes';
  /** Of the whole name, the folder included. */
  readonly longest: number;
  /** Of each part between slashes. */
  readonly longestPart?: number;
  /** Parts between slashes, those of the folder included. */
  readonly mostParts?: number;
  /** The least that the last part is cut to before folders are left out. */
  readonly leastLastPart: number;
  /** A part as the service takes it, as little changed as needed. It must leave what it returns as it is. */
  readonly fitPart: (part: string) => string;
}

/**
 * The name of a document at a service: the folder, then the document's own path, in NFC. The same name always
 * gives the same result. One that does not fit (empty parts, what {@link NameRules.fitPart} changes, too
 * long) is changed as little as needed and carries eight digits of a hash of what it was, in front of its
 * extension, so that two different names stay apart. What is too long is cut: the end of the last part first,
 * then whole folders from the back.
 *
 * @param folder - NFC, without empty parts, at most 400 characters; it may end in a slash.
 */
export function fitName(folder: string, documentName: string, rules: NameRules): string {
  const { longest, longestPart = longest, mostParts = Number.POSITIVE_INFINITY, fitPart } = rules;
  const size = sizeIn(rules.unit);
  const before = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
  const room = {
    whole: longest - size(before),
    part: longestPart,
    parts: mostParts - before.split('/').filter((part) => part !== '').length,
    leastLastPart: rules.leastLastPart,
  };
  const original = documentName.normalize('NFC');
  const parts = original
    .split('/')
    .filter((part) => part !== '')
    .map(fitPart);
  const fit = parts.join('/');
  const isShort = size(fit) <= room.whole && parts.length <= room.parts && parts.every((part) => size(part) <= room.part);
  const fits = fit !== '' && fit === original && isShort;
  return `${before}${fits ? fit : marked(parts, original, room, size)}`;
}

type Size = (text: string) => number;

function sizeIn(unit: NameRules['unit']): Size {
  return unit === 'bytes' ? (text) => Buffer.byteLength(text) : (text) => text.length;
}

function marked(
  parts: readonly string[],
  original: string,
  room: { readonly whole: number; readonly part: number; readonly parts: number; readonly leastLastPart: number },
  size: Size,
): string {
  // UTF-16, so that two names which differ only in a half surrogate differ here too.
  const mark = `-${createHash('sha256').update(Buffer.from(original, 'utf16le')).digest('hex').slice(0, 8)}`;
  const last = parts.at(-1) ?? 'document';
  const extension = /.(\.[^.\s]{1,16})$/u.exec(last)?.[1] ?? '';
  const stem = extension === '' ? last : last.slice(0, -extension.length);
  const needed = Math.min(size(last) + size(mark), room.leastLastPart);
  const folders = parts
    .slice(0, -1)
    .slice(0, room.parts - 1)
    .map((part) => cut(part, room.part, size));
  while (folders.length > 0 && size(folders.join('/')) + 1 + needed > room.whole) folders.pop();
  const path = folders.map((folder) => `${folder}/`).join('');
  return `${path}${cut(stem, Math.min(room.part, room.whole - size(path)) - size(mark + extension), size)}${mark}${extension}`;
}

/** Cut between characters, not inside a surrogate pair. */
function cut(text: string, most: number, size: Size): string {
  if (size(text) <= most) return text;
  let length = 0;
  let kept = '';
  for (const character of text) {
    length += size(character);
    if (length > most) break;
    kept += character;
  }
  return kept;
}
