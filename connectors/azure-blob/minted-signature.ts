import { ContainerSASPermissions, generateBlobSASQueryParameters, SASProtocol, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { Credential } from './connection-string.ts';

/** A signature is good for so long; one that leaks is worth nothing soon. */
const SIGNATURE_MILLISECONDS = 15 * 60_000;
/**
 * Another one is made while the last is still good for so long: clocks differ, and requests take their time.
 */
const RENEWED_MILLISECONDS = 5 * 60_000;

/** What publishing takes: to look at blobs, to create and to replace them, in one container. */
const PERMISSIONS = 'rcw';

interface Wanted {
  readonly credential: Extract<Credential, { kind: 'account-key' }>;
  readonly endpoint: string;
  readonly container: string;
  /** Removes a part of it from all that is shown. */
  readonly protect: (part: string) => void;
  /** For tests. */
  readonly now?: () => number;
}

/**
 * Gives the query of a shared access signature of one container, for the next request: the one that was made
 * before, or another one when that ends within 5 minutes. Over TLS it is good for HTTPS alone. It is made
 * here, with the account's key; the service is not asked.
 *
 * Source: learn.microsoft.com/rest/api/storageservices/create-service-sas
 */
export function mintedSignature({ credential, endpoint, container, protect, now = Date.now }: Wanted): () => string {
  let query = '';
  let endsAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (endsAt - now() > RENEWED_MILLISECONDS) return query;
    endsAt = now() + SIGNATURE_MILLISECONDS;
    const made = generateBlobSASQueryParameters(
      {
        containerName: container,
        permissions: ContainerSASPermissions.parse(PERMISSIONS),
        // Without a beginning: a clock that is ahead would make it invalid for a while.
        expiresOn: new Date(endsAt),
        protocol: endpoint.startsWith('https:') ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
      },
      new StorageSharedKeyCredential(credential.accountName, credential.accountKey),
    );
    query = made.toString();
    for (const part of [query, made.signature, encodeURIComponent(made.signature)]) protect(part);
    return query;
  };
}
