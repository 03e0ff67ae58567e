/** The text of a document, for a model that reads text: PDF, Word, HTML and plain text. */
export { DocumentTextError, type DocumentTextErrorCode } from './document-text-error.ts';
export { type TextKind, textKindOf } from './text-kind.ts';
export { type DocumentText, type Parsing, TEXT_DOCUMENT_MAXIMUM_BYTES, textOf } from './text-of.ts';
