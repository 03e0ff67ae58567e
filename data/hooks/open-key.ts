import { HoldfastError } from '@holdfast/api';
import { triggerDefinition } from '@holdfast/audit';
import { type Database, SIGNING_SECRET } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { actorOf, findTrigger, type Trigger } from '../triggers/trigger.ts';
import { checkUsable } from '../use/values/check-usable.ts';
import type { UseDependencies } from '../use/values/use-dependencies.ts';
import { useValues } from '../use/values/use-values.ts';
import type { Prepared, WantedUse } from '../use/values/wanted-use.ts';
import { keyOf } from './signature.ts';

/**
 * A key stays open so long at the most: one use on the record stands for the requests of this time, so that
 * nobody who only knows an address can fill the record.
 */
const OPEN_MILLISECONDS = 60_000;

interface PreparedKey extends Prepared {
  readonly key: Buffer;
}

interface Opened {
  readonly state: string;
  readonly key: Buffer;
  close(): Promise<void>;
}

/** The keys of webhooks, each open while its requests come. */
export interface HookKeys {
  /**
   * The key of a webhook, as it was read just now. Its use is on the record before it is opened.
   *
   * @throws HoldfastError what useValues throws, and `option_invalid`.
   */
  keyFor(slugOrId: string, trigger: Trigger): Promise<Buffer>;
  /** Closes every key, and the uses on the record. */
  close(): Promise<void>;
}

export function createHookKeys(dependencies: UseDependencies, { openMilliseconds = OPEN_MILLISECONDS } = {}): HookKeys {
  const { db } = dependencies;
  const opened = new Map<string, Promise<Opened>>();
  const closing = new Set<Promise<void>>();

  function forget(id: string, opening: Promise<Opened>): void {
    if (opened.get(id) === opening) opened.delete(id);
    const work = opening.then((use) => use.close()).catch(() => undefined);
    closing.add(work);
    void work.finally(() => closing.delete(work));
  }

  async function open(slugOrId: string, trigger: Trigger): Promise<Opened> {
    const wanted = wantedByTrigger(db, slugOrId, trigger);
    const context = { project: trigger.projectName, workflow: trigger.workflowName, trigger: trigger.name };
    const use = await useValues(dependencies, wanted, { organizationId: trigger.organizationId, actor: actorOf(trigger), context });
    return {
      state: use.wanted.state,
      key: use.prepared.key,
      async close() {
        use.prepared.key.fill(0);
        await use.close('success');
      },
    };
  }

  function begin(slugOrId: string, trigger: Trigger): Promise<Opened> {
    const { id } = trigger;
    const opening = open(slugOrId, trigger).catch((error: unknown) => {
      if (opened.get(id) === opening) opened.delete(id);
      throw error;
    });
    opened.set(id, opening);
    setTimeout(() => forget(id, opening), openMilliseconds).unref();
    return opening;
  }

  return {
    async keyFor(slugOrId, trigger) {
      const { organizationId, id } = trigger;
      const wanted = wantedByTrigger(db, slugOrId, trigger);
      const known = opened.get(id);
      if (known !== undefined) {
        const use = await known.catch(() => undefined);
        // As it is now: what was revoked, replaced or expired meanwhile is used no more.
        const usable = !('error' in checkUsable(wanted.consumer, wanted.values, await dependencies.clock.now()));
        // It may have been forgotten while this waited: then its key is overwritten.
        const open = opened.get(id) === known;
        if (open && use?.state === wanted.state && usable && dependencies.follower.refusal(organizationId) === undefined) return use.key;
        if (open) forget(id, known);
      }
      // Of requests that find a key stale together, the first opens it for all: since they looked, and so by
      // what holds now.
      const opening = opened.get(id) ?? begin(slugOrId, trigger);
      const use = await opening;
      if (opened.get(id) !== opening) throw new HoldfastError('unavailable', 'The signing secret was closed while it was being opened.');
      return use.key;
    },
    async close() {
      for (const [id, opening] of opened) forget(id, opening);
      await Promise.all(closing);
    },
  };
}

/** What a webhook wants to use, for data/use/values: one value, which is sent nowhere. */
function wantedByTrigger(db: Kysely<Database>, slugOrId: string, trigger: Trigger): WantedUse<PreparedKey> {
  const { id, name, projectId, projectName, kind, enabled, configuration, workflowId, tokenHash, tokenExpiresAt, key } = trigger;
  const secretId = key?.secret?.id ?? null;
  const bindings = key === undefined ? [] : [{ option: SIGNING_SECRET, reference: '', secretId }];
  const definition = triggerDefinition({
    triggerId: id,
    workflowId,
    projectId,
    kind,
    enabled,
    configuration,
    tokenHash,
    tokenExpiresAt,
    bindings,
  });
  return {
    consumer: { kind: 'trigger', id, name, projectId, projectName },
    values: [{ place: SIGNING_SECRET, secretName: key?.secretName ?? null, secret: key?.secret }],
    definition,
    approved: [],
    definitionCovers: `the trigger “${name}”, or what it is bound to,`,
    state: JSON.stringify([definition.digest, key?.secret?.version?.id]),
    revision: trigger.revision,
    refusal:
      key === undefined
        ? new HoldfastError('secret_missing', `The trigger “${name}” has no signing secret.`, { remedy: 'Choose one.' })
        : undefined,
    async reload() {
      const now = await findTrigger(db, slugOrId, id);
      return now === undefined ? undefined : wantedByTrigger(db, slugOrId, now);
    },
    prepare(values) {
      if (configuration.kind !== 'webhook') throw new Error(`A trigger of the kind ${kind} has no key.`);
      return { key: keyOf(configuration.signature, values.get(SIGNING_SECRET) ?? ''), destinations: [], texts: [] };
    },
  };
}
