import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HoldfastError, type HookSignature } from '@holdfast/api';

/** How far the time that was signed may be from ours. */
const REPLAY_SECONDS = 300;
/** While a sender changes its key it signs with both. */
const SIGNATURES_AT_ONCE = 5;
/** A key that could be guessed is none. */
const KEY_MINIMUM_BYTES = 16;

/** What a request says about who sent it. */
export interface SignedRequest {
  /** The bytes that were signed, in their order. */
  readonly message: readonly (string | Buffer)[];
  readonly signatures: readonly Buffer[];
  /** When it was sent, in seconds since 1970; `undefined` where the form signs no time. */
  readonly seconds: number | undefined;
  /** What the sender calls the delivery, where the form signs that. */
  readonly delivery: string | undefined;
  /** Elsewhere the bytes that tell one delivery from another: those that were signed, or fewer of them. */
  readonly distinct: readonly (string | Buffer)[];
}

/** Reads the signature of a request; `undefined` when there is none that could be right. */
export function readSignature(form: HookSignature, headers: IncomingHttpHeaders, body: Buffer): SignedRequest | undefined {
  switch (form) {
    case 'holdfast':
      return timed(headers['x-holdfast-signature'], body, 'time and body');
    case 'stripe':
      // Its body has the id of the event; who sends that again signs the time of the new attempt.
      return timed(headers['stripe-signature'], body, 'body');
    case 'github':
      return bodyAlone(headers['x-hub-signature-256'], body);
    case 'standard-webhooks':
      return standard(headers, body);
  }
}

/** `t=SECONDS,v1=HEX[,v1=HEX]` over `SECONDS.BODY`. */
function timed(header: string | string[] | undefined, body: Buffer, distinguishedBy: 'time and body' | 'body'): SignedRequest | undefined {
  if (typeof header !== 'string') return undefined;
  const parts = header.split(',').map((part) => part.trim());
  const times = parts.flatMap((part) => /^t=([0-9]{1,12})$/.exec(part)?.[1] ?? []);
  const signatures = hexes(parts.flatMap((part) => /^v1=([0-9a-f]{64})$/.exec(part)?.[1] ?? []));
  const [seconds] = times;
  if (seconds === undefined || times.length > 1 || signatures === undefined) return undefined;
  const message = [`${seconds}.`, body];
  const distinct = distinguishedBy === 'body' ? [body] : message;
  return { message, signatures, seconds: Number(seconds), delivery: undefined, distinct };
}

/** `sha256=HEX` over the body. */
function bodyAlone(header: string | string[] | undefined, body: Buffer): SignedRequest | undefined {
  const hex = typeof header === 'string' ? /^sha256=([0-9a-f]{64})$/.exec(header)?.[1] : undefined;
  const signatures = hexes(hex === undefined ? [] : [hex]);
  return signatures && { message: [body], signatures, seconds: undefined, delivery: undefined, distinct: [body] };
}

/** https://www.standardwebhooks.com: `v1,BASE64` over `ID.SECONDS.BODY`. */
function standard(headers: IncomingHttpHeaders, body: Buffer): SignedRequest | undefined {
  const [id, seconds, given] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headers[name]);
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(id)) return undefined;
  if (typeof seconds !== 'string' || !/^[0-9]{1,12}$/.test(seconds) || typeof given !== 'string') return undefined;
  const signatures = given.split(' ').flatMap((part) => {
    const base64 = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(part)?.[1];
    return base64 === undefined ? [] : [Buffer.from(base64, 'base64')];
  });
  if (signatures.length === 0 || signatures.length > SIGNATURES_AT_ONCE) return undefined;
  return { message: [`${id}.${seconds}.`, body], signatures, seconds: Number(seconds), delivery: id, distinct: [] };
}

function hexes(texts: readonly string[]): Buffer[] | undefined {
  if (texts.length === 0 || texts.length > SIGNATURES_AT_ONCE) return undefined;
  return texts.map((text) => Buffer.from(text, 'hex'));
}

/** Whether what was signed was signed now, within five minutes either way. */
export function isRecent({ seconds }: SignedRequest, now: Date): boolean {
  return seconds === undefined || Math.abs(now.getTime() / 1_000 - seconds) <= REPLAY_SECONDS;
}

/**
 * Checks the signature in a time that does not depend on how much of it is right.
 *
 * @returns what the delivery is called: the same for each repetition of it, and by nobody chosen who does not
 *   have the key; `undefined` when it was not signed with the key.
 */
export function verifiedDelivery(key: Buffer, { message, signatures, delivery, distinct }: SignedRequest): string | undefined {
  const right = authenticated(key, message);
  // All of them, whichever is right.
  const found = signatures.filter((signature) => timingSafeEqual(signature, right));
  if (found.length === 0) return undefined;
  return delivery ?? createHash('sha256').update(authenticated(key, distinct)).digest('hex').slice(0, 32);
}

function authenticated(key: Buffer, parts: readonly (string | Buffer)[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/**
 * The key that a secret's value stands for.
 *
 * @throws HoldfastError `option_invalid` for a value that is no key of this form.
 */
export function keyOf(form: HookSignature, value: string): Buffer {
  const key = form === 'standard-webhooks' ? fromBase64(value.replace(/^whsec_/, '')) : Buffer.from(value, 'utf8');
  if (key !== undefined && key.length >= KEY_MINIMUM_BYTES) return key;
  throw new HoldfastError(
    'option_invalid',
    key === undefined ? 'The signing secret is not in base64, as Standard Webhooks write it.' : 'The signing secret is too short.',
    { remedy: 'Replace the value of the secret with the one that the sender signs with: at least 16 bytes, better 32 random ones.' },
  );
}

function fromBase64(text: string): Buffer | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}
