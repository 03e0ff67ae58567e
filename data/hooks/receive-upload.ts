import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ERROR_CODES, type Failure, isToken, type receiveUpload } from '@holdfast/api';
import { hashToken } from '@holdfast/db/data';
import { type Answered, type Call, invalid, sentToken } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { fire } from '../triggers/fire.ts';
import { findTrigger, type Trigger } from '../triggers/trigger.ts';
import { admit, admitRun, type Hooks } from './hooks.ts';
import { paused, refuseEncoded } from './receive-hook.ts';
import { discardSent } from './store-sent.ts';
import { storeFiles } from './upload-files.ts';

/** A client that repeats a request with the same key starts one run. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{8,100}$/;

/** Answers what is sent to an upload address: see docs/guides/triggers.md. */
export function createReceiveUpload(hooks: Hooks): (call: Call<typeof receiveUpload>) => Promise<Answered<typeof receiveUpload>> {
  const { dependencies, refusals } = hooks;
  const { db, clock } = dependencies;
  return async ({ params, query, origin, request }) => {
    const since = performance.now();
    admit(hooks, origin);
    const { headers } = request;
    const token = sentToken(headers) ?? '';
    const trigger = await findTrigger(db, String(params.organization), params.trigger);
    const why = refusalOf(trigger, token, await clock.now());
    // Of a body nothing was read.
    if (trigger?.configuration.kind !== 'upload') return refusals.refuse(undefined, WRONG_TOKEN, origin, since);
    if (why !== undefined) return refusals.refuse(trigger, why, origin, since);
    refuseEncoded(headers);
    if (!trigger.enabled) throw paused(trigger);
    const { configuration } = trigger;
    const key = idempotencyKeyOf(headers);
    admitRun(hooks, trigger.id, configuration.perMinute);
    const documents = await storeFiles(dependencies, trigger, {
      name: query.name,
      headers,
      body: request.body,
      maximumBytes: configuration.maximumBytes,
    });
    try {
      const context = { ip: origin.ip, requestId: origin.requestId };
      const fired = await fire(dependencies, trigger, { occasion: `upload ${key}`, documentIds: documents, context });
      if (fired === undefined) throw paused(trigger);
      if (fired.repeated) await discardSent(dependencies, trigger, documents);
      return { status: 202, body: { run: { id: fired.runId }, repeated: fired.repeated, documents: documents.length } };
    } catch (error) {
      await discardSent(dependencies, trigger, documents).catch(() => undefined);
      throw error;
    }
  };
}

/** @throws HoldfastError `invalid_request`: one that is passed over starts a run for each repetition. */
function idempotencyKeyOf({ 'idempotency-key': given }: IncomingHttpHeaders): string {
  if (given === undefined) return uuidv7();
  if (typeof given === 'string' && IDEMPOTENCY_KEY.test(given)) return given;
  throw invalid(
    [{ field: 'Idempotency-Key', detail: 'A key has 8 to 100 letters, digits and signs of ASCII, without spaces.' }],
    'Send one like that, such as a UUID, and the same with each repetition; or send none.',
  );
}

function refusalOf(trigger: Trigger | undefined, token: string, now: Date): Failure | undefined {
  if (!isToken('upload', token)) return WRONG_TOKEN;
  const hash = hashToken(token);
  if (!timingSafeEqual(hash, trigger?.tokenHash ?? Buffer.alloc(hash.length))) return WRONG_TOKEN;
  const expiresAt = trigger?.tokenExpiresAt ?? null;
  return expiresAt !== null && expiresAt.getTime() <= now.getTime() ? EXPIRED : undefined;
}

const WRONG_TOKEN: Failure = {
  code: 'trigger_refused',
  detail: 'A request had no token of this address, or one that was replaced.',
  remedy: ERROR_CODES.trigger_refused.remedy,
};
const EXPIRED: Failure = { code: 'trigger_refused', detail: 'The token has expired.', remedy: 'Make a new one.' };
