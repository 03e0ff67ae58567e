import { type ConnectorContext, ConnectorError, documentBytes, type InputDocument } from '@holdfast/connector';

/**
 * The text of a document; `null` for a kind that has none, such as an image, and empty where there is none:
 * who gets the webhook hears of the document all the same. An HTTP model, which is asked about the text, has
 * such a document fail.
 *
 * @throws ConnectorError `document_unsupported` when it is of a kind with text and cannot be read.
 */
export async function textIn(document: InputDocument, context: Pick<ConnectorContext, 'signal' | 'inTurn'>): Promise<string | null> {
  const { TEXT_DOCUMENT_MAXIMUM_BYTES, DocumentTextError, textKindOf, textOf } = await import('@holdfast/document-text');
  if (textKindOf(document) === undefined) return null;
  if (document.size > TEXT_DOCUMENT_MAXIMUM_BYTES) throw unsupported(document, 'has more than 64 MiB, the most of which the text is taken');
  try {
    return (await textOf({ ...document, bytes: await documentBytes(document) }, context)).text;
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    if (error.code === 'empty') return '';
    throw unsupported(document, 'has no text that can be read', error);
  }
}

function unsupported({ name }: InputDocument, what: string, cause?: unknown): ConnectorError {
  return new ConnectorError('document_unsupported', `“${name}” ${what}.`, {
    remedy: 'Send documents of this kind as they are: choose “document” for what is sent.',
    documentOnly: true,
    ...(cause !== undefined && { cause }),
  });
}
