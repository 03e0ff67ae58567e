import { fitName, type NameRules } from '@holdfast/connector';

/**
 * What the service refuses or rewrites in a name: controls (U+0000–001F, U+007F–009F), backslashes (rewritten
 * as slashes), and code points that are not valid in a URL's path: private use, non-characters, halves of a
 * surrogate pair.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go.
const REPLACED = /[\u0000-\u001f\u007f-\u009f\\\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/**
 * learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata#blob-names
 */
export const BLOB_NAME_RULES = {
  unit: 'characters',
  longest: 1_024,
  mostParts: 254,
  leastLastPart: 64,
  // Dots and spaces at the end of a part are dropped by the service.
  fitPart: (part) => part.replace(REPLACED, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length)),
} as const satisfies NameRules;

/** The name of a document in the container, by {@link fitName}. */
export function blobName(folder: string, documentName: string): string {
  return fitName(folder, documentName, BLOB_NAME_RULES);
}
