import { createHmac } from 'node:crypto';

type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What a request says about itself, besides its body. */
interface Sending {
  /** The same for each attempt to send the same thing. Without a full stop: one ends it in what is signed. */
  readonly id: string;
  /** The time of this attempt, in seconds since 1970. */
  readonly seconds: number;
}

/**
 * The headers that sign a request. Always `X-Holdfast-Signature: t=SECONDS,v1=HEX`: HMAC-SHA256 by the
 * signing secret over `SECONDS.` and the bytes of the body, in lower-case hex. A receiver makes the same,
 * compares in constant time, and refuses what is older than some minutes. Of a secret as Standard Webhooks
 * write it (`whsec_` and base64) also their headers, which sign the id: by it a receiver knows another
 * attempt again.
 *
 * @param secret as it is, in UTF-8.
 */
export async function signatureHeaders(secret: string, body: Body, { id, seconds }: Sending): Promise<Record<string, string>> {
  const hmac = createHmac('sha256', secret).update(`${seconds}.`);
  const key = standardKeyOf(secret);
  const standard = key && createHmac('sha256', key).update(`${id}.${seconds}.`);
  for await (const piece of body) {
    hmac.update(piece);
    standard?.update(piece);
  }
  return {
    'x-holdfast-signature': `t=${seconds},v1=${hmac.digest('hex')}`,
    ...(standard !== undefined && {
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,${standard.digest('base64')}`,
    }),
  };
}

/** A key that could be guessed is none. */
const STANDARD_KEY_MINIMUM_BYTES = 16;

/** https://www.standardwebhooks.com: the bytes that a secret stands for; `undefined` for any other secret. */
function standardKeyOf(secret: string): Buffer | undefined {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const key = Buffer.from(base64, 'base64');
  return key.length >= STANDARD_KEY_MINIMUM_BYTES && key.toString('base64') === base64 ? key : undefined;
}
