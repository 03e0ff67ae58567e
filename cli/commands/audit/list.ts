import { AUDIT_OUTCOMES, type AuditEventRow, listAudit } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { stateCell, table } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { workplace } from '../../connection.ts';
import { readRun } from '../run/watching.ts';

interface Options {
  secret?: string;
  actor?: string;
  action?: string;
  outcome?: AuditEventRow['outcome'];
  run?: string;
  from?: string;
  to?: string;
  limit: string;
}

export function registerAuditList(audit: Command): void {
  audit
    .command('list')
    .alias('ls')
    .description('what happened, newest first')
    .option('--secret <name>', 'only about this secret')
    .option('--actor <name>', 'only by this person or program')
    .option('--action <action>', 'only this, such as secret.use')
    .addOption(new Option('--outcome <outcome>', 'only what went so; intent: what was about to be done').choices(AUDIT_OUTCOMES))
    .option('--run <run>', 'only what happened in this run: its number or id')
    .option('--from <time>', 'from this date or time on, in UTC')
    .option('--to <time>', 'before this date or time, in UTC')
    .option('--limit <number>', 'how many', '50')
    .action(async ({ limit: wanted, from, to, run, ...filters }: Options, command: Command) => {
      const limit = Number(wanted);
      if (!Number.isInteger(limit) || limit < 1) throw usageError('--limit takes a whole number from 1.');
      const times = { from: timeOf('--from', from), to: timeOf('--to', to) };
      const { readAll } = await import('@holdfast/sdk');
      const place = await workplace();
      const { client, slug } = place;
      const runId = run === undefined ? undefined : (await readRun(place, run)).id;
      const query = { ...filters, ...times, run: runId, limit: Math.min(limit, 200) };
      const events: AuditEventRow[] = [];
      for await (const event of readAll(client, listAudit, { params: { organization: slug }, query })) {
        events.push(event);
        if (events.length === limit) break;
      }
      const rows = events.map((event) => [
        String(event.sequence),
        moment(event.time),
        event.actor.name,
        event.action,
        event.target?.name ?? '',
        event.outcome === 'success' ? '' : stateCell(event.outcome),
      ]);
      const head = ['ENTRY', 'WHEN', 'WHO', 'WHAT', 'ON', 'OUTCOME'];
      answer(command, { events }, events.length === 0 ? 'No events match.' : table(head, rows, { whole: [0] }));
    });
}

function timeOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (!/^\d{4}-\d\d-\d\d(?:T.*(?:Z|[+-]\d\d:\d\d))?$/.test(text) || Number.isNaN(time.getTime())) {
    throw usageError(`${option} takes a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z.`);
  }
  return time.toISOString();
}
