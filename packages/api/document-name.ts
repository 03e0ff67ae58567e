import { nameFault } from './plain-name.ts';

/** Of the name of a document in a run, in UTF-16 code units. */
export const DOCUMENT_NAME_MAXIMUM_CHARACTERS = 1_000;
/** Of one that is uploaded or sent: models and mappings have room to make longer ones of it. */
export const SENT_NAME_MAXIMUM_CHARACTERS = 500;

/**
 * Why a text is no name of a document, as a sentence; `undefined` when it is one: a relative path with `/`
 * that stays in its folder, as people named it. What a service does not take is its publisher's to solve.
 */
export function documentNameFault(name: string, maximumCharacters = DOCUMENT_NAME_MAXIMUM_CHARACTERS): string | undefined {
  if (name.length > maximumCharacters) return `It has more than ${maximumCharacters.toLocaleString('en')} characters.`;
  const parts = name.split('/');
  if (parts.some((part) => part === '')) return 'It is empty, begins or ends with /, or has // in it.';
  if (parts.some((part) => part === '.' || part === '..')) return 'It has . or .. as a folder.';
  return nameFault(name);
}

/** The same for a document that is uploaded or sent, which may come from a system with other separators. */
export function sentNameFault(name: string): string | undefined {
  if (name.includes('\\')) return 'It has a backslash; write / between folders.';
  return documentNameFault(name, SENT_NAME_MAXIMUM_CHARACTERS);
}

/** RFC 9110, section 8.3.1; parameters are allowed as they stand, in one line. */
export const CONTENT_TYPE_PATTERN = /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:[ \t]*;[ \t]*(?![ \t])[\x20-\x7e]*)?$/;

/** What somebody says of a document when it is a content type: it goes into headers as it stands. */
export function contentTypeIn(said: string | undefined): string | undefined {
  return said !== undefined && CONTENT_TYPE_PATTERN.test(said) ? said : undefined;
}
