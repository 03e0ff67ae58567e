import { getAuditProof } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { writeWhole } from './files.ts';

export function registerAuditProof(audit: Command): void {
  audit
    .command('proof')
    .description('the proof that one entry is in the record, as a file that can be checked alone (c2sp.org/tlog-proof)')
    .argument('<sequence>', "the entry's number")
    .option('-o, --output <file>', 'where to write it; standard output by default')
    .action(async (sequence: string, { output }: { output?: string }, command: Command) => {
      if (!/^[1-9][0-9]*$/.test(sequence)) throw usageError('An entry is named by its number, from 1.');
      const { client, organization } = await connection();
      const { proof, ...facts } = await client.call(getAuditProof, { params: { organization: await organization(), sequence } });
      if (output === undefined) return answer(command, { ...facts, proof }, proof.trimEnd());
      await writeWhole(output, [proof]);
      answer(command, { ...facts, file: output }, `Written to ${output}. Check it with: holdfast audit verify ${output}`);
    });
}
