import { Readable } from 'node:stream';
import { downloadRunDocument } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { attachmentHeaders } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { issueTicket } from '../../documents/document-ticket.ts';
import { findKept, readKept } from '../../documents/read-kept.ts';
import { implement } from '../implement.ts';

/** On the record before the first byte leaves, by the plane that hands it out. */
export const downloadRunDocumentHandler = implement(
  downloadRunDocument,
  async ({ caller, organization, origin, params, reply }, control) => {
    const { db, uploads } = control;
    const document = await findKept(db, organization.id, params.run, params.document);
    if (document.inBucket) {
      reply.header('location', await issueTicket(control, { caller, organization }, document));
      return { status: 303 };
    }
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
    reply.headers(attachmentHeaders(document));
    return { status: 200, body: Readable.from(readKept(uploads, organization.id, document), { objectMode: false }) };
  },
);
