import type { ExportVerification, ProvenEntry, SoundExport, UnprovenEntry } from '@holdfast/audit';
import { answer, counted } from '@holdfast/terminal/output';
import { EXIT_FAILED } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { bytesOf } from './files.ts';
import { neededKeys, SIGNING_KEY_OPTION, trustedKeys } from './trusted-keys.ts';

interface Options {
  checkpoints?: string;
  signingKey?: string[];
}

export function registerAuditVerify(audit: Command): void {
  audit
    .command('verify')
    .description('check an export, or the proof of one entry, offline: that nothing was changed, left out, added or put in another order')
    .argument('<file>', 'the export or proof; - for standard input')
    .option('--checkpoints <file>', 'signed checkpoints that were kept elsewhere: they also find a record that was rewritten as a whole')
    .option(...SIGNING_KEY_OPTION)
    .action(async (file: string, options: Options, command: Command) => {
      const { isEntryProof, linesOf } = await import('@holdfast/audit');
      const lines = linesOf(bytesOf(file));
      const first = await lines.next();
      const whole = prepend(first.done === true ? [] : [first.value], lines);
      const isProof = isEntryProof(`${first.value ?? ''}\n`);
      const [found, words] = isProof ? await verifyProof(whole, options) : await verifyWhole(whole, options);
      answer(command, found, words);
      if (!found.valid) process.exitCode = EXIT_FAILED;
    });
}

async function* prepend(first: readonly string[], rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield* first;
  yield* rest;
}

async function verifyProof(lines: AsyncIterable<string>, { signingKey }: Options): Promise<[ProvenEntry | UnprovenEntry, string]> {
  const { verifyEntryProof } = await import('@holdfast/audit');
  const keys = await neededKeys(signingKey);
  let text = '';
  for await (const line of lines) text += `${line}\n`;
  const found = verifyEntryProof(text, keys);
  if (!found.valid) return [found, `NOT PROVEN: ${found.reason}`];
  const { entry, checkpoint } = found;
  const words = [
    `Proven: entry ${entry.sequence} of ${entry.time}, recorded by ${entry.recordedBy}, is in the record of organization ${found.organizationId}.`,
    `The record was signed over ${counted(checkpoint.size, 'entry', 'entries')} at ${checkpoint.time} with the key ${await printed(checkpoint.signingKey)}.`,
    entry.body,
  ];
  return [found, words.join('\n')];
}

async function verifyWhole(lines: AsyncIterable<string>, { checkpoints, signingKey }: Options): Promise<[ExportVerification, string]> {
  const { linesOf, splitCheckpoints, verifyExport } = await import('@holdfast/audit');
  const evidence =
    checkpoints === undefined
      ? { signingKeys: await trustedKeys(signingKey) }
      : { checkpoints: splitCheckpoints(linesOf(bytesOf(checkpoints))), signingKeys: await neededKeys(signingKey) };
  const found = await verifyExport(lines, evidence);
  return [found, found.valid ? await soundWords(found) : `DOES NOT VERIFY: ${found.reason}`];
}

async function soundWords(found: SoundExport): Promise<string> {
  const { size, root, proven, laterCheckpoints, accepted } = found;
  const lines = [`Verified: ${counted(size, 'entry', 'entries')}, record intact, root ${root}.`];
  if (proven === undefined) lines.push('No checkpoint covers it, so a record that was rewritten as a whole would look the same.');
  else {
    const key = await printed(proven.signingKey);
    const signed = `Signed up to entry ${proven.size} at ${proven.time} with the key ${key}`;
    if (proven.trusted) lines.push(`${signed}, which is trusted here: without that key nobody can have changed them.`);
    else {
      lines.push(
        `${signed}, which the export names itself: compare it with the one that holdfast start prints on the server.`,
        `To trust it: --signing-key ${proven.signingKey}`,
      );
    }
    if (proven.size < size) lines.push(`Not signed yet: ${span(proven.size + 1, size)}. A change there would not show yet.`);
  }
  if (accepted > 0)
    lines.push(`An operator accepted ${counted(accepted, 'entry', 'entries')} that should not be there; they count for nothing.`);
  if (laterCheckpoints > 0) {
    const are = laterCheckpoints === 1 ? 'is later than the export and says' : 'are later than the export and say';
    lines.push(`${counted(laterCheckpoints, 'checkpoint')} ${are} nothing about it.`);
  }
  return lines.join('\n');
}

function span(from: number, to: number): string {
  return from === to ? `entry ${from}` : `entries ${from} to ${to}`;
}

async function printed(signingKey: string): Promise<string> {
  const { fingerprint, fromBase64url } = await import('@holdfast/envelope');
  return fingerprint(fromBase64url(signingKey));
}
