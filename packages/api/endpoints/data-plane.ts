import { z } from 'zod';
import { SENT_NAME_MAXIMUM_CHARACTERS } from '../document-name.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { id } from '../schemas.ts';

export const getSigningKey = defineEndpoint({
  id: 'getSigningKey',
  summary: 'The key that signs checkpoints and public keys, for the operator to compare and pin',
  method: 'GET',
  path: '/signing-key',
  requires: 'public',
  responses: {
    200: z.object({
      /** Ed25519, 32 bytes in base64url. */
      signingKey: z.string(),
      /** As the console and the command line show it. */
      fingerprint: z.string(),
    }),
  },
});

const started = z.object({
  run: z.object({ id }),
  /** Nothing was started: this delivery had started that run already. */
  repeated: z.boolean(),
});

export const receiveHook = defineEndpoint({
  id: 'receiveHook',
  summary: 'An inbound webhook: a signed request starts a run with its body as the document',
  method: 'POST',
  path: '/hooks/:organization/:trigger',
  requires: 'public',
  body: 'stream',
  responses: { 202: started },
});

export const receiveUpload = defineEndpoint({
  id: 'receiveUpload',
  summary: 'An upload address: files start a run; by the token of the address, as a bearer token',
  method: 'POST',
  path: '/uploads/:organization/:trigger',
  requires: 'public',
  query: z.object({
    /** Of a body that is the file itself; a form names its files. */
    name: z.string().normalize('NFC').min(1).max(SENT_NAME_MAXIMUM_CHARACTERS).optional(),
  }),
  body: 'stream',
  responses: { 202: started.extend({ documents: z.int() }) },
});

/** Where the control plane leads a member who downloads a document that lies in a bucket. */
export const downloadFromBucket = defineEndpoint({
  id: 'downloadFromBucket',
  summary: 'A document that lies in the bucket: once, within two minutes, by the address that the control plane gave out',
  method: 'GET',
  path: '/documents/:organization/:ticket',
  requires: 'public',
  load: 'download',
  responses: { 200: 'bytes' },
});

/** Every endpoint of the data plane, beside `/health/live` and `/health/ready`. */
export const DATA_ENDPOINTS: readonly Endpoint[] = [getSigningKey, receiveHook, receiveUpload, downloadFromBucket];
