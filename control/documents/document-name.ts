import { nameFault } from '@holdfast/api';
import { invalid } from '@holdfast/endpoints';

// RFC 9110, section 8.3.1; parameters are allowed as they stand.
const CONTENT_TYPE = /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:\s*;\s*[\x20-\x7e]*)?$/;

/**
 * A document's name is a relative path with `/`, as people named it. What would leave its folder, or is no
 * text, is refused here; what a service does not take is the publisher's to solve.
 */
export function checkDocumentName(name: string): void {
  const detail = documentNameFault(name);
  if (detail !== undefined) throw invalid([{ field: 'name', detail }]);
}

function documentNameFault(name: string): string | undefined {
  const fault = nameFault(name);
  if (fault !== undefined) return fault;
  if (name.includes('\\')) return 'It has a backslash; write / between folders.';
  const parts = name.split('/');
  if (parts.some((part) => part === '')) return 'It begins or ends with /, or has // in it.';
  if (parts.some((part) => part === '.' || part === '..')) return 'It has . or .. as a folder.';
  return undefined;
}

export function checkContentType(contentType: string): void {
  if (!CONTENT_TYPE.test(contentType))
    throw invalid([{ field: 'contentType', detail: 'Write a media type, for example application/pdf.' }]);
}
