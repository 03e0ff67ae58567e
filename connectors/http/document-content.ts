import { ConnectorError, documentBytes, type InputDocument } from '@holdfast/connector';

/** Of a document that goes into JSON as base64. */
const BASE64_MAXIMUM_BYTES = 16 * 1024 * 1024;

/**
 * The text of a document.
 *
 * @throws ConnectorError `document_unsupported` when there is none that can be read.
 */
export async function textIn(document: InputDocument, signal: AbortSignal): Promise<string> {
  const { DOCUMENT_MAXIMUM_BYTES, DocumentTextError, textOf } = await import('@holdfast/document-text');
  if (document.size > DOCUMENT_MAXIMUM_BYTES) throw unsupported(document, 'is too large to take its text.');
  try {
    return (await textOf({ ...document, bytes: await documentBytes(document) }, signal)).text;
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    throw unsupported(document, `has no text that can be read: ${error.message}`, error);
  }
}

/** The bytes in base64. Throws ConnectorError `document_unsupported` above 16 MiB. */
export async function base64Of(document: InputDocument): Promise<string> {
  if (document.size > BASE64_MAXIMUM_BYTES) throw unsupported(document, 'has more than 16 MiB, and does not go into JSON.');
  return (await documentBytes(document)).toString('base64');
}

function unsupported({ name }: InputDocument, what: string, cause?: unknown): ConnectorError {
  return new ConnectorError('document_unsupported', `“${name}” ${what}`, {
    remedy: 'Send documents of this kind as they are (“document”), or keep them out of this step.',
    documentOnly: true,
    ...(cause !== undefined && { cause }),
  });
}
