import { type ConnectorContext, ConnectorError, documentBytes, type InputDocument } from '@holdfast/connector';

/**
 * The text of a document. A model is asked about it, so that a document without text fails here; a webhook
 * tells of a document that was there, whatever it is, and says `null` for its text.
 *
 * @throws ConnectorError `document_unsupported` when there is none that can be read.
 */
export async function textIn(document: InputDocument, context: Pick<ConnectorContext, 'signal' | 'inTurn'>): Promise<string> {
  const { TEXT_DOCUMENT_MAXIMUM_BYTES, DocumentTextError, textOf } = await import('@holdfast/document-text');
  if (document.size > TEXT_DOCUMENT_MAXIMUM_BYTES)
    throw unsupported(document, 'has more than 64 MiB, the most of which the text is taken.');
  try {
    return (await textOf({ ...document, bytes: await documentBytes(document) }, context)).text;
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    throw unsupported(document, `has no text that can be read: ${error.message}`, error);
  }
}

function unsupported({ name }: InputDocument, what: string, cause?: unknown): ConnectorError {
  return new ConnectorError('document_unsupported', `“${name}” ${what}`, {
    remedy: 'Send documents of this kind as they are (“document”), or keep them out of this step.',
    documentOnly: true,
    ...(cause !== undefined && { cause }),
  });
}
