import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, HoldfastError } from '@holdfast/api';
import { createRepeatFold } from '@holdfast/audit';
import { appendAudit, type Database, transaction } from '@holdfast/db/data';
import { networkOf, type RequestOrigin } from '@holdfast/endpoints';
import { type Logger, logEvent } from '@holdfast/service';
import type { Kysely } from 'kysely';
import { writeState } from '../triggers/state.ts';
import type { Trigger } from '../triggers/trigger.ts';

/**
 * Every refusal leaves at a multiple of this after the request was there: how long the work took, and so
 * whether there was anything to look at, does not show.
 */
const STEP_MILLISECONDS = 250;

export interface Refusals {
  /**
   * The one answer for an address that is nobody's, a wrong signature and a wrong token. What was at the
   * address goes on the record, repetitions as one event.
   *
   * @param trigger `undefined` when nothing is at the address, or a trigger of another kind.
   * @param why for those who may see the trigger.
   * @param since of the monotonic clock: when the request was there.
   */
  refuse(trigger: Trigger | undefined, why: Failure, origin: RequestOrigin, since: number): Promise<never>;
  /** Records what was counted. @returns how many refusals could not be recorded. */
  close(): Promise<number>;
}

export function createRefusals(db: Kysely<Database>, logger: Logger): Refusals {
  const repeats = createRepeatFold();

  function note(trigger: Trigger, why: Failure, { ip, requestId }: RequestOrigin): Promise<void> {
    const { organizationId, id, name } = trigger;
    return repeats.note(JSON.stringify([organizationId, id, why.code, networkOf(ip)]), (repeated) =>
      transaction(db, async (tx) => {
        await writeState(tx, trigger, { outcome: 'refused', failure: why });
        await appendAudit(tx, organizationId, [
          {
            action: 'trigger.refuse',
            actor: { kind: 'anonymous', id: null, name: 'somebody' },
            outcome: 'refused',
            target: { kind: 'trigger', id, name },
            context: { project: trigger.projectName, workflow: trigger.workflowName, ip, requestId },
            detail: { code: why.code, ...repeated },
          },
        ]);
      }),
    );
  }

  return {
    async refuse(trigger, why, origin, since) {
      if (trigger !== undefined) {
        const { organizationId, id } = trigger;
        await note(trigger, why, origin).catch((error: unknown) =>
          logEvent(logger, 'trigger.failed', { organizationId, triggerId: id, error }),
        );
      }
      const passed = performance.now() - since;
      await sleep((Math.floor(passed / STEP_MILLISECONDS) + 1) * STEP_MILLISECONDS - passed);
      throw new HoldfastError('trigger_refused', 'Nothing was started.');
    },
    close: () => repeats.close(),
  };
}
