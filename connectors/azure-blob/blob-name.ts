import { createHash } from 'node:crypto';

/** learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata#blob-names */
const NAME_MAXIMUM_CHARACTERS = 1_024;
const SEGMENT_MAXIMUM_CHARACTERS = 254;

/**
 * The name of a document in the container: the folder, then the document's own path. The same name always gives the same
 * result, and two different names never give the same: one that Azure would refuse or rewrite is changed as little as
 * needed and carries eight digits of a hash of what it was.
 */
export function blobName(folder: string, documentName: string): string {
  const available = NAME_MAXIMUM_CHARACTERS - (folder === '' ? 0 : folder.length + 1);
  const fit = fitForAzure(documentName);
  const name = fit === documentName && fit.length <= available ? fit : marked(fit, documentName, available);
  return folder === '' ? name : `${folder}/${name}`;
}

/** Azure rewrites backslashes and dot segments, drops trailing dots and slashes, and refuses control characters. */
function fitForAzure(name: string): string {
  return name
    .toWellFormed()
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
      const plain = segment.replace(/[\u0000-\u001f\u007f-\u009f\\\ufffe\uffff]/g, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length));
      return plain.length > SEGMENT_MAXIMUM_CHARACTERS ? shorten(plain, SEGMENT_MAXIMUM_CHARACTERS) : plain;
    })
    .join('/');
}

function marked(fit: string, original: string, available: number): string {
  const mark = `-${createHash('sha256').update(Buffer.from(original, 'utf16le')).digest('hex').slice(0, 8)}`;
  const slash = fit.lastIndexOf('/');
  const path = fit.slice(0, slash + 1);
  const last = fit.slice(slash + 1) || 'document';
  const dot = last.lastIndexOf('.');
  const extension = dot > 0 && last.length - dot <= 16 ? last.slice(dot) : '';
  const stem = extension === '' ? last : last.slice(0, dot);
  const room = Math.min(SEGMENT_MAXIMUM_CHARACTERS, Math.max(32, available - path.length));
  const segment = `${shorten(stem, room - mark.length - extension.length)}${mark}${extension}`;
  // A path too deep to keep goes; the mark still tells the documents apart.
  return path.length + segment.length <= available ? `${path}${segment}` : segment;
}

/** Cuts between characters, not inside a surrogate pair. */
function shorten(text: string, characters: number): string {
  return text.slice(0, Math.max(1, characters)).replace(/[\ud800-\udbff]$/, '');
}
