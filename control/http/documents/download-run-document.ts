import { Readable } from 'node:stream';
import { downloadRunDocument } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { findKept, readKept } from '../../documents/read-kept.ts';
import { implement } from '../implement.ts';

/** On the record before the first byte leaves. */
export const downloadRunDocumentHandler = implement(
  downloadRunDocument,
  async ({ caller, organization, origin, params, reply }, { db, uploads }) => {
    const document = await findKept(db, organization.id, params.run, params.document);
    const { id, name, size, context } = document;
    await transaction(db, (tx) =>
      record(
        tx,
        organization.id,
        { caller, origin },
        {
          action: 'document.download',
          target: { kind: 'document', id, name },
          context,
          detail: { bytes: size },
        },
      ),
    );
    // Whatever is in it: no browser shows it as a page of ours.
    reply.header('content-disposition', attachmentNamed(name)).header('content-length', size);
    reply.header('content-security-policy', "sandbox; default-src 'none'");
    return { status: 200, body: Readable.from(readKept(uploads, organization.id, document), { objectMode: false }) };
  },
);

/**
 * The last part of a name, for those who read it in full and those who read ASCII alone.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266#section-4.3
 */
export function attachmentNamed(name: string): string {
  const last = name.split('/').at(-1) || 'document';
  const plain = last.normalize('NFKD').replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(last).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
