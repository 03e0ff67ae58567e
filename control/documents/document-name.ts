import { CONTENT_TYPE_PATTERN, invalid, sentNameFault } from '@holdfast/api';

/** @throws HoldfastError `invalid_request` for what is no name of a document that is uploaded or sent. */
export function checkSentName(name: string): void {
  const detail = sentNameFault(name);
  if (detail !== undefined) throw invalid([{ field: 'name', detail }]);
}

/** @throws HoldfastError `invalid_request` for what is no media type. */
export function checkContentType(contentType: string): void {
  if (!CONTENT_TYPE_PATTERN.test(contentType))
    throw invalid([{ field: 'contentType', detail: 'Write a media type, for example application/pdf.' }]);
}
