import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';

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

/** Every endpoint of the data plane, beside `/health/live` and `/health/ready`. */
export const DATA_ENDPOINTS: readonly Endpoint[] = [getSigningKey];
