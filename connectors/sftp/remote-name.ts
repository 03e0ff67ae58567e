import { fitName, type NameRules } from '@holdfast/connector';

/** Controls, what separates folders on some servers, and what is no character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
const REPLACED = /[\u0000-\u001f\u007f-\u009f\\\p{Cs}\p{Noncharacter_Code_Point}]/gu;

export const REMOTE_NAME_RULES = {
  unit: 'bytes',
  // Less than Linux and SFTP servers allow.
  longest: 3_000,
  // What the file systems of servers allow.
  longestPart: 255,
  leastLastPart: 255,
  fitPart: (part) =>
    part
      .replace(REPLACED, '_')
      .replace(/^\.{1,2}$/, (dots) => '_'.repeat(dots.length))
      // The name of a file that is on its way.
      .replace(/^\.holdfast-/, '_holdfast-'),
} as const satisfies NameRules;

/** The path of a document on the server, by {@link fitName}. */
export function remotePath(folder: string, documentName: string): string {
  return fitName(folder, documentName, REMOTE_NAME_RULES);
}

/** One path behind another. */
export function joinPaths(folder: string, name: string): string {
  if (folder === '' || name === '') return folder === '' ? name : folder;
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}

/** What a document is named in a run, of its path below the folder of a source. */
export function documentName(path: string): string {
  return remotePath('', path);
}
