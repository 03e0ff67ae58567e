import { setTimeout as sleep } from 'node:timers/promises';
import { askFor } from '@holdfast/terminal/input';
import { answer, remark } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';

const WAIT_MILLISECONDS = 60_000;
const LOOK_MILLISECONDS = 1_000;

export function registerRecordAccept(record: Command): void {
  record
    .command('accept')
    .description('use an organization again whose record does not verify: what was signed before is set aside, and the record says so')
    .argument('<organization>', 'its short name or id')
    .option('--confirm <organization>', 'the same once more, instead of being asked')
    .action(async (slug: string, options: { confirm?: string }, command: Command) => {
      const { controlUrl, operatorsHome } = await import('../../operator/home.ts');
      const { askToAccept } = await import('../../ask-to-accept.ts');
      const { stoppedRecords } = await import('../../doctor/stopped-records.ts');
      const find = async () => (await stoppedRecords(controlUrl())).find((each) => each.slug === slug || each.organizationId === slug);
      const stopped = await find();
      if (stopped === undefined) throw new CommandError(`The record of “${slug}” is not stopped; there is nothing to accept.`);
      if (stopped.code === 'record_incomplete') {
        throw new CommandError(`The record of “${slug}” cannot be accepted: ${stopped.reason}`, {
          remedy: 'What is missing can only come from a backup: holdfast restore.',
        });
      }
      remark(stopped.reason);
      remark('After this, what the database now says is taken for true. Values that were replaced or deleted since then are back.');
      const typed = options.confirm ?? (await askFor(`Type “${slug}” to accept it`));
      if (typed !== slug) throw usageError('Nothing was accepted.', `Add --confirm ${slug}.`);

      askToAccept(operatorsHome().data, stopped.organizationId, stopped.code);
      for (const until = performance.now() + WAIT_MILLISECONDS; performance.now() < until; await sleep(LOOK_MILLISECONDS)) {
        if ((await find()) === undefined) {
          return answer(command, { accepted: slug }, `Accepted. “${slug}” is used again, and its record says so.`);
        }
      }
      throw new CommandError('The data plane has not taken it up yet.', {
        remedy: 'It does when it runs; holdfast record status shows it.',
      });
    });
}
