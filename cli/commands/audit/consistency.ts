import { getAuditConsistency } from '@holdfast/api';
import type { VerifiedCheckpoint } from '@holdfast/audit';
import { answer, counted } from '@holdfast/terminal/output';
import { CommandError, EXIT_FAILED } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { bytesOf } from './files.ts';
import { neededKeys, SIGNING_KEY_OPTION } from './trusted-keys.ts';

export function registerAuditConsistency(audit: Command): void {
  audit
    .command('consistency')
    .description('check that the record at a newer checkpoint only adds to the record at an older one; the server gives the proof')
    .argument('<older>', 'a file with a signed checkpoint; of several, the last')
    .argument('<newer>')
    .option(...SIGNING_KEY_OPTION)
    .action(async (older: string, newer: string, { signingKey }: { signingKey?: string[] }, command: Command) => {
      const { compareCheckpoints } = await import('@holdfast/audit');
      const keys = await neededKeys(signingKey);
      const notes = { from: await lastCheckpoint(older), to: await lastCheckpoint(newer) };
      const found = await compareCheckpoints(notes, keys, fetchProof);
      answer(command, found, found.valid ? inWords(found) : `DOES NOT VERIFY: ${found.reason}`);
      if (!found.valid) process.exitCode = EXIT_FAILED;
    });
}

async function lastCheckpoint(file: string): Promise<string> {
  const { linesOf, splitCheckpoints } = await import('@holdfast/audit');
  let last: string | undefined;
  for await (const note of splitCheckpoints(linesOf(bytesOf(file)))) last = note;
  if (last === undefined) throw new CommandError(`${file} holds no checkpoint.`, { code: 'checkpoint_invalid' });
  return last;
}

async function fetchProof(from: VerifiedCheckpoint, to: VerifiedCheckpoint): Promise<Buffer[]> {
  if (from.size === 0 || from.size === to.size) return [];
  const { client, organization } = await connection();
  const query = { from: from.size, to: to.size };
  const { proof } = await client.call(getAuditConsistency, { params: { organization: await organization() }, query });
  return proof.map((hash) => Buffer.from(hash, 'base64'));
}

function inWords({ from, to }: { from: VerifiedCheckpoint; to: VerifiedCheckpoint }): string {
  return `Verified: the ${counted(to.size, 'entry', 'entries')} of ${to.time} begin with the ${counted(from.size, 'entry', 'entries')} of ${from.time}, unchanged.`;
}
