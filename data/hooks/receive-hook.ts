import { Readable } from 'node:stream';
import { ERROR_CODES, type Failure, HOOK_MAXIMUM_BYTES, HoldfastError, type receiveHook } from '@holdfast/api';
import { type Answered, type Call, createConcurrencyLimit, networkOf } from '@holdfast/endpoints';
import { isOutage, toFailure } from '../runs/failure.ts';
import { fire } from '../triggers/fire.ts';
import { findTrigger, type Trigger } from '../triggers/trigger.ts';
import { documentNameOf } from './document-name.ts';
import { admit, admitRun, type Hooks } from './hooks.ts';
import { readWhole } from './read-whole.ts';
import { isRecent, readSignature, verifiedDelivery } from './signature.ts';
import { discardSent, storeSent } from './store-sent.ts';

/** Bodies are in memory until their signature is checked. */
const BODIES_AT_ONCE = 32;
/**
 * Who is not known yet keeps nobody out: one network has a part of the places, also of those of a trigger.
 */
const OF_A_TRIGGER = 16;
const OF_A_NETWORK = 8;
const BODY_MILLISECONDS = 30_000;

/** Answers what a service sends to a webhook: see docs/guides/triggers.md. */
export function createReceiveHook(hooks: Hooks): (call: Call<typeof receiveHook>) => Promise<Answered<typeof receiveHook>> {
  const { dependencies, keys, refusals } = hooks;
  const { db, clock } = dependencies;
  const bodies = createConcurrencyLimit('requests are being read', BODIES_AT_ONCE);

  async function accept({ params, origin, request }: Call<typeof receiveHook>): Promise<Answered<typeof receiveHook>> {
    const { headers } = request;
    const slugOrId = String(params.organization);
    const body = await readWhole(request.body, headers['content-length'], {
      maximumBytes: HOOK_MAXIMUM_BYTES,
      milliseconds: BODY_MILLISECONDS,
    });
    const since = performance.now();
    const trigger = await findTrigger(db, slugOrId, params.trigger);
    // A schedule or an upload address takes no signature: nobody changes what is said of one by sending some.
    if (trigger?.configuration.kind !== 'webhook') return refusals.refuse(undefined, WRONG_SIGNATURE, origin, since);
    const refuse = (why: Failure) => refusals.refuse(trigger, why, origin, since);
    const { configuration } = trigger;
    const signed = readSignature(configuration.signature, headers, body);
    if (signed === undefined) return refuse(NO_SIGNATURE);
    const now = await clock.now();
    if (!isRecent(signed, now)) return refuse(NOT_RECENT);
    const delivery = await verified(slugOrId, trigger, signed).catch((error: unknown) => {
      if (isOutage(error)) throw error;
      return refuse(toFailure(error));
    });
    if (delivery === undefined) return refuse(WRONG_SIGNATURE);

    // From here on the sender is known, and may know what is wrong.
    if (!trigger.enabled) throw paused(trigger);
    admitRun(hooks, trigger.id, configuration.perMinute);
    const contentType = headers['content-type'];
    const name = documentNameOf(configuration.documentName, { delivery, time: now, contentType });
    const { maximumBytes } = configuration;
    const document = await storeSent(dependencies, trigger, {
      name,
      contentType,
      body: Readable.from(body.length > 0 ? [body] : []),
      maximumBytes,
    });
    try {
      const context = { ip: origin.ip, requestId: origin.requestId, delivery };
      const fired = await fire(dependencies, trigger, { occasion: `delivery ${delivery}`, documentIds: [document], context });
      if (fired === undefined) throw paused(trigger);
      if (fired.repeated) await discardSent(dependencies, trigger, [document]);
      return { status: 202, body: { run: { id: fired.runId }, repeated: fired.repeated } };
    } catch (error) {
      await discardSent(dependencies, trigger, [document]).catch(() => undefined);
      throw error;
    }
  }

  async function verified(slugOrId: string, trigger: Trigger, signed: Parameters<typeof verifiedDelivery>[1]): Promise<string | undefined> {
    return verifiedDelivery(await keys.keyFor(slugOrId, trigger), signed);
  }

  return async (call) => {
    admit(hooks, call.origin);
    refuseEncoded(call.request.headers);
    const giveBack = bodies.take({
      [`network ${networkOf(call.origin.ip)}`]: OF_A_NETWORK,
      [`trigger ${call.params.trigger}`]: OF_A_TRIGGER,
    });
    try {
      return await accept(call);
    } finally {
      giveBack();
    }
  };
}

export function paused({ name }: Pick<Trigger, 'name'>): HoldfastError {
  return new HoldfastError('trigger_paused', `“${name}” is paused; nothing was started.`);
}

/** A signature is over the bytes that are sent, and a document is what was meant. */
export function refuseEncoded(headers: { readonly 'content-encoding'?: string | undefined }): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return;
  throw new HoldfastError('unsupported_media_type', 'The body is compressed.', { remedy: 'Send it as it is, without Content-Encoding.' });
}

const refusedBecause = (detail: string, remedy: string = ERROR_CODES.trigger_refused.remedy): Failure => ({
  code: 'trigger_refused',
  detail,
  remedy,
});
const NO_SIGNATURE = refusedBecause('A request had no signature of the form that is set.', 'Compare the form with what the sender sends.');
const WRONG_SIGNATURE = refusedBecause(
  'A request was not signed with the secret.',
  'Give the sender the value that the secret has, or replace the secret with what the sender has.',
);
const NOT_RECENT = refusedBecause(
  'A request was signed more than five minutes ago, or in the future.',
  'Set the clock of the sender right, and have it send again.',
);
