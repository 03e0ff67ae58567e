import { DATA_ENDPOINTS, downloadFromBucket, type Endpoint, getSigningKey, receiveHook, receiveUpload } from '@holdfast/api';
import { type Answered, type Call, type Implementation, implementation, type Server, serveEndpoints } from '@holdfast/endpoints';
import { createDownload } from './documents/download.ts';
import { admit, type Hooks } from './hooks/hooks.ts';
import { createReceiveHook } from './hooks/receive-hook.ts';
import { createReceiveUpload } from './hooks/receive-upload.ts';

type Served = Implementation<object, undefined>;

function implement<const E extends Endpoint, const A extends Answered<E>>(endpoint: E, handle: (call: Call<E>) => Promise<A>): Served {
  return implementation(endpoint, handle);
}

/**
 * What the data plane answers over HTTP. Nobody signs in here: what is sent to a trigger says by itself who
 * sent it, and a member comes with a ticket of the control plane.
 */
export function serveDataEndpoints(
  server: Server,
  signingKey: { readonly publicKey: Buffer; readonly fingerprint: string },
  hooks: Hooks,
): void {
  // From the private key, so that an exchanged row in the database cannot make itself trusted here.
  const answer = { signingKey: signingKey.publicKey.toString('base64url'), fingerprint: signingKey.fingerprint };
  const { db, clock, documents } = hooks.dependencies;
  const implementations: readonly Served[] = [
    implement(getSigningKey, async () => ({ status: 200, body: answer })),
    implement(receiveHook, createReceiveHook(hooks)),
    implement(receiveUpload, createReceiveUpload(hooks)),
    implement(downloadFromBucket, createDownload({ db, clock, documents, admit: (origin) => admit(hooks, origin) })),
  ];
  serveEndpoints(server, { endpoints: DATA_ENDPOINTS, implementations, context: undefined, authorize: async () => ({}) });
}
