import { type ExportVerification, verifyExport } from '@holdfast/audit';
import type { Account } from '../harness/account.ts';

/** An entry of the record, as far as tests of faults look at it. */
export interface EventLine {
  sequence: number;
  time: string;
  action: string;
  outcome: string;
  target: string | undefined;
  run: string | undefined;
}

/** The whole record of the account's organization, and whether it verifies. */
export async function exportedEvents(account: Account): Promise<{ events: EventLine[]; verification: ExportVerification }> {
  const text = await account.call<string>('GET', account.at('/audit/export'));
  const lines = text.trimEnd().split('\n');
  const verification = await verifyExport(
    (async function* () {
      yield* lines;
    })(),
  );
  const entries = lines.map((line) => JSON.parse(line) as { sequence: number; time: string; body?: string });
  const events = entries.flatMap(({ sequence, time, body }): EventLine[] => {
    if (body === undefined) return [];
    const event = JSON.parse(body) as { action: string; outcome: string; target?: { name: string }; context?: { run?: string } };
    return [{ sequence, time, action: event.action, outcome: event.outcome, target: event.target?.name, run: event.context?.run }];
  });
  return { events, verification };
}
