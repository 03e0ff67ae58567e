import { z } from 'zod';
import { SENT_NAME_MAXIMUM_CHARACTERS } from '../document-name.ts';
import { defineEndpoint } from '../endpoint.ts';
import { id } from '../schemas.ts';

export const DOCUMENT_MAXIMUM_BYTES = 1024 ** 3;
/** A document that is not part of a run after this long is removed. */
export const DOCUMENT_UNUSED_HOURS = 24;

export const uploadDocument = defineEndpoint({
  id: 'uploadDocument',
  summary: 'Upload one document as raw bytes (at most 1 GiB), to be named in a run within 24 hours',
  method: 'POST',
  path: '/api/organizations/:organization/projects/:project/documents',
  requires: 'runs:start',
  load: 'upload',
  query: z.object({
    name: z.string().normalize('NFC').min(1).max(SENT_NAME_MAXIMUM_CHARACTERS).describe('What the document is called'),
    contentType: z
      .string()
      .max(200)
      .default('application/octet-stream')
      .describe('Counts only for a name whose end says nothing; the answer has the type that was taken'),
  }),
  headers: z.object({
    'content-digest': z
      .string()
      .max(500)
      .optional()
      .describe('RFC 9530: with `sha-256=:BASE64:` bytes that arrive differently are refused'),
  }),
  body: 'stream',
  responses: { 201: z.object({ id, name: z.string(), contentType: z.string(), size: z.number().int(), sha256: z.string() }) },
});

export const downloadRunDocument = defineEndpoint({
  id: 'downloadRunDocument',
  summary: 'The bytes of a document of a run, uploaded or made by a model, while they are kept',
  method: 'GET',
  path: '/api/organizations/:organization/runs/:run/documents/:document',
  requires: 'documents:read',
  load: 'download',
  /**
   * 303: the document lies in a bucket. `Location` is an address of the data plane, which gives it out once.
   */
  responses: { 200: 'bytes', 303: null },
});
