import { getAuditRecord } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { CommandError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { writeWhole } from './files.ts';

export function registerAuditCheckpoint(audit: Command): void {
  audit
    .command('checkpoint')
    .description('the newest signed checkpoint of the record, to be kept elsewhere')
    .option('-o, --output <file>', 'where to write it; standard output by default')
    .action(async ({ output }: { output?: string }, command: Command) => {
      const { client, organization } = await connection();
      const state = await client.call(getAuditRecord, { params: { organization: await organization() } });
      const { checkpoint, verifierKey } = state;
      if (checkpoint === null) {
        throw new CommandError('Nothing is signed yet.', {
          code: 'checkpoint_pending',
          remedy: 'The data plane signs the record within a minute of a new entry; try again then.',
        });
      }
      if (output === undefined) return answer(command, { ...checkpoint, verifierKey }, checkpoint.note.trimEnd());
      await writeWhole(output, [checkpoint.note]);
      const { note, ...facts } = checkpoint;
      answer(
        command,
        { ...facts, verifierKey, file: output },
        `Written to ${output}: ${checkpoint.size} entries, signed ${checkpoint.time}. Check it later with: holdfast audit consistency ${output} NEWER`,
      );
    });
}
