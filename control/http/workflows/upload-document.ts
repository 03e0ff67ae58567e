import { Readable } from 'node:stream';
import { DOCUMENT_MAXIMUM_BYTES, HoldfastError, uploadDocument } from '@holdfast/api';
import { actorOf } from '../../access/caller.ts';
import { isForeignKeyViolation } from '../../database-errors.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { checkContentType, checkDocumentName } from '../../workflows/document-name.ts';
import { storeDocument } from '../../workflows/store-document.ts';
import { implement } from '../endpoint-handler.ts';

export const uploadDocumentHandler = implement(uploadDocument, async ({ caller, organization, params, query, request }, { db }) => {
  const { name, contentType } = query;
  checkDocumentName(name);
  checkContentType(contentType);
  if (Number(request.headers['content-length'] ?? 0) > DOCUMENT_MAXIMUM_BYTES) {
    throw new HoldfastError('payload_too_large', 'A document has at most 1 GiB.');
  }
  const project = await requireProject(db, organization.id, params.project);
  const place = { organizationId: organization.id, projectId: project.id, name, contentType, createdBy: actorOf(caller) };
  // A request without a body is a document without bytes.
  const bytes = request.body instanceof Readable ? request.body : Readable.from([]);
  const { id, size, sha256 } = await storeDocument(db, place, bytes).catch((error: unknown) => {
    if (isForeignKeyViolation(error)) throw new HoldfastError('not_found', 'The project was deleted meanwhile.');
    // Nobody reads this answer; for the log it is no fault of ours.
    if (request.raw.destroyed && !request.raw.complete)
      throw new HoldfastError('invalid_request', 'The client went away.', { cause: error });
    throw error;
  });
  return { status: 201, body: { id, name, contentType, size, sha256: sha256.toString('hex') } };
});
