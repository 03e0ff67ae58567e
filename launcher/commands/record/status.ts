import { answer, moment } from '@holdfast/terminal/output';
import { EXIT_FAILED } from '@holdfast/terminal/report';
import type { Command } from 'commander';

export function registerRecordStatus(record: Command): void {
  record
    .command('status')
    .description('the organizations whose record does not verify: their secrets are not used until it does')
    .action(async (_options, command: Command) => {
      const { controlUrl } = await import('../../operator/home.ts');
      const { stoppedRecords } = await import('../../doctor/stopped-records.ts');
      const stopped = await stoppedRecords(controlUrl());
      const text = stopped
        .map((each) => `${each.slug}: ${each.reason} (${each.code}, since ${moment(each.since.toISOString())})`)
        .join('\n');
      answer(command, { stopped }, text || 'Every record verifies, as far as the data plane has read.');
      if (stopped.length > 0) process.exitCode = EXIT_FAILED;
    });
}
