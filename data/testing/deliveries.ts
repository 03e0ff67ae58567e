import { createHmac } from 'node:crypto';

/** What tests send to webhooks and upload addresses. */
export const HOOK_KEY = 'whsec_c2VjcmV0IG9mIHRoZSBzaG9wLCAzMiBieXRlcyE=';
export const BODY = '{"order":17}';
export const HOOK = { kind: 'webhook', documentName: '{time}-{delivery}', maximumBytes: 1024 ** 2, perMinute: 600 } as const;
export const UPLOAD = { kind: 'upload', maximumBytes: 1024 ** 2, perMinute: 600 } as const;

export const hex = (key: string | Buffer, text: string): string => createHmac('sha256', key).update(text).digest('hex');
export const seconds = (offset = 0): number => Math.floor(Date.now() / 1_000) + offset;
export const timed = (body: string, at = seconds(), key = HOOK_KEY): string => `t=${at},v1=${hex(key, `${at}.${body}`)}`;
/** The header of a delivery that is signed in our own form. */
export const signed = (body = BODY, at = seconds()) => ({ 'x-holdfast-signature': timed(body, at) });

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of an answer.
  readonly json: any;
  /** All that tells one answer from another. */
  readonly visible: string;
}

/** A POST as anybody sends it. */
export async function send(address: string, body: BodyInit | undefined, headers: Record<string, string>): Promise<Reply> {
  const request = { method: 'POST', headers, duplex: 'half', ...(body !== undefined && { body }) };
  const response = await fetch(address, request);
  const text = await response.text();
  const shown = [...response.headers].filter(([name]) => !['date', 'x-request-id', 'connection', 'keep-alive'].includes(name));
  return {
    status: response.status,
    json: JSON.parse(text),
    visible: JSON.stringify([response.status, shown, text.replace(/"requestId":"[^"]*"/, '')]),
  };
}
