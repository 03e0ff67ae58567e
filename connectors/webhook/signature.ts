import { createHmac } from 'node:crypto';

/**
 * `t=SECONDS,v1=HEX`: the time of sending in seconds since 1970, and HMAC-SHA256 by the signing secret over
 * `SECONDS.` and the bytes of the body, in lower-case hex. A receiver makes the same, compares in constant
 * time, and refuses what is older than some minutes.
 *
 * @param secret as it is, in UTF-8.
 */
export async function signatureOf(
  secret: string,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  seconds: number,
): Promise<string> {
  const hmac = createHmac('sha256', secret).update(`${seconds}.`);
  for await (const piece of body) hmac.update(piece);
  return `t=${seconds},v1=${hmac.digest('hex')}`;
}
