import { DATA_ENDPOINTS, getSigningKey } from '@holdfast/api';
import { type Implementation, type Server, serveEndpoints } from '@holdfast/endpoints';

/** What the data plane answers over HTTP: today nothing that needs a caller. */
export function serveDataEndpoints(server: Server, signingKey: { readonly publicKey: Buffer; readonly fingerprint: string }): void {
  // From the private key, so that an exchanged row in the database cannot make itself trusted here.
  const answer = { signingKey: signingKey.publicKey.toString('base64url'), fingerprint: signingKey.fingerprint };
  const implementations: readonly Implementation<object, undefined>[] = [
    { endpoint: getSigningKey, handle: async () => ({ status: 200, body: answer }) },
  ];
  serveEndpoints(server, { endpoints: DATA_ENDPOINTS, implementations, context: undefined, authorize: async () => ({}) });
}
