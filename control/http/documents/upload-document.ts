import { Readable } from 'node:stream';
import { HoldfastError, uploadDocument } from '@holdfast/api';
import { databaseFaultOf, isForeignKeyViolation } from '@holdfast/db/control';
import { actorOf, contentTypeOf, invalid } from '@holdfast/endpoints';
import { checkContentType, checkSentName } from '../../documents/document-name.ts';
import { storeDocument } from '../../documents/store-document.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { implement } from '../implement.ts';

export const uploadDocumentHandler = implement(
  uploadDocument,
  async ({ caller, headers, organization, origin, params, query, request }, control) => {
    const { name } = query;
    checkSentName(name);
    checkContentType(query.contentType);
    const contentType = contentTypeOf(name, query.contentType);
    const project = await requireProject(control.db, organization.id, params.project);
    const place = { organizationId: organization.id, projectId: project.id, name, contentType, createdBy: actorOf(caller) };
    const expected = { bytes: Number(request.headers['content-length'] ?? 0), sha256: readDigest(headers['content-digest']) };
    // A request without a body is a document without bytes.
    const bytes = request.body instanceof Readable ? request.body : Readable.from([]);
    const { id, size, sha256 } = await storeDocument(control, place, bytes, expected).catch((error: unknown) => {
      if (isForeignKeyViolation(error)) throw new HoldfastError('not_found', 'The project was deleted meanwhile.');
      if (databaseFaultOf(error) === 'disk_full') throw new HoldfastError('storage_full', undefined, { cause: error });
      // Nobody reads this answer; for the log it is no fault of ours.
      if (request.raw.destroyed && !request.raw.complete)
        throw new HoldfastError('invalid_request', 'The client went away.', { cause: error });
      throw error;
    });
    control.uploadRecord.note({ organizationId: organization.id, projectId: project.id, actorId: place.createdBy.id }, origin);
    return { status: 201, body: { id, name, contentType, size, sha256: sha256.toString('hex') } };
  },
);

/** RFC 9530; other algorithms than SHA-256 are passed over, as the RFC says. */
function readDigest(header: string | undefined): Buffer | undefined {
  const sent = header?.split(',').find((part) => part.trim().startsWith('sha-256='));
  if (sent === undefined) return undefined;
  const [, base64] = /^sha-256=:([A-Za-z0-9+/]{43}=):$/.exec(sent.trim()) ?? [];
  if (base64 === undefined)
    throw invalid([{ field: 'content-digest', detail: 'Write sha-256=:BASE64:, with the 32 bytes of the digest.' }]);
  return Buffer.from(base64, 'base64');
}
