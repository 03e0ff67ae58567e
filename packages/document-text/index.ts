/** The text of a document, for a model that reads text: PDF, Word, HTML and plain text. */
export { DocumentTextError, type DocumentTextErrorCode } from './document-text-error.ts';
export { type TextKind, textKindOf } from './text-kind.ts';
export { DOCUMENT_MAXIMUM_BYTES, type DocumentText, type Parsing, textOf } from './text-of.ts';
