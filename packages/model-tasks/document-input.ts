import { ConnectorError, type InputDocument } from '@holdfast/connector';
import { DocumentTextError, type Parsing, TEXT_DOCUMENT_MAXIMUM_BYTES, textKindOf, textOf } from '@holdfast/document-text';

/** A document in the form that models take. */
export type DocumentInput =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly mediaType: ImageType; readonly base64: string };

const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];
const BY_EXTENSION: Readonly<Record<string, ImageType>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
};

export interface InputLimits {
  readonly characters: number;
  readonly imageBytes: number;
}

/**
 * The text of a PDF, Word, HTML or plain document, or a PNG, JPEG, WebP or GIF image as it is. The document
 * is in memory meanwhile: 64 MiB at most.
 *
 * @throws ConnectorError `document_unsupported` (documentOnly) for every other kind, and for what is too
 *   large, locked, damaged or empty.
 */
export async function readInput(document: InputDocument, limits: InputLimits, parsing: Parsing): Promise<DocumentInput> {
  const mediaType = imageTypeOf(document);
  if (mediaType !== undefined) {
    const bytes = await bytesOf(document, limits.imageBytes);
    if (bytes.length === 0) throw unsupported(document, 'is empty.');
    return { kind: 'image', mediaType, base64: bytes.toString('base64') };
  }
  if (textKindOf(document) === undefined) {
    throw unsupported(document, `is of a kind that the model cannot read (${document.contentType}).`, {
      remedy: 'Give it as PDF, Word (docx), HTML, plain text, PNG, JPEG, WebP or GIF.',
    });
  }
  const bytes = await bytesOf(document, TEXT_DOCUMENT_MAXIMUM_BYTES);
  const text = await textIn(document, bytes, parsing);
  if (text.length > limits.characters) {
    throw unsupported(
      document,
      `has ${text.length.toLocaleString('en')} characters; the component sends ${limits.characters.toLocaleString('en')} at most.`,
      {
        remedy: 'Raise “Longest document, in characters” of the component, or divide the document.',
      },
    );
  }
  return { kind: 'text', text };
}

function imageTypeOf({ name, contentType }: InputDocument): ImageType | undefined {
  const essence = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (essence === 'image/jpg') return 'image/jpeg';
  const known = IMAGE_TYPES.find((type) => type === essence);
  if (known !== undefined || (essence !== '' && essence !== 'application/octet-stream')) return known;
  return BY_EXTENSION[/\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''];
}

async function bytesOf(document: InputDocument, maximum: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  if (document.size <= maximum) {
    for await (const piece of document.read()) {
      pieces.push(piece);
      length += piece.length;
      if (length > maximum) break;
    }
  }
  if (document.size > maximum || length > maximum) {
    throw unsupported(document, `has more than ${maximum / 1024 / 1024} MiB, the most that is sent of this kind.`, {
      remedy: 'Give a smaller document.',
    });
  }
  return Buffer.concat(pieces, length);
}

async function textIn(document: InputDocument, bytes: Uint8Array, parsing: Parsing): Promise<string> {
  try {
    return (await textOf({ name: document.name, contentType: document.contentType, bytes }, parsing)).text;
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    throw unsupported(document, `cannot be read. ${error.message}`, { cause: error });
  }
}

function unsupported({ name }: InputDocument, what: string, more: { remedy?: string; cause?: unknown } = {}): ConnectorError {
  return new ConnectorError('document_unsupported', `“${name}” ${what}`, { ...more, documentOnly: true });
}
