import { createReadStream } from 'node:fs';
import type { Verification } from '@holdfast/audit';
import type { Command } from 'commander';
import { answer, counted } from '../../output.ts';
import { CommandError, EXIT_FAILED, usageError } from '../../report.ts';

interface Options {
  checkpoints?: string;
  signingKey?: string[];
}

export function registerAuditVerify(audit: Command): void {
  audit
    .command('verify')
    .description('check an export, offline: that nothing in it was changed, left out, added or put in another order')
    .argument('<file>', 'the export; - for standard input')
    .option('--checkpoints <file>', 'signed checkpoints that were kept elsewhere: they also find a record that was made anew')
    .option(
      '--signing-key <key...>',
      'the key they must be signed with, as holdfast keys --json shows it; by default those that were trusted here',
    )
    .action(async (file: string, options: Options, command: Command) => {
      const { linesOf, splitCheckpoints, verifyExport } = await import('@holdfast/audit');
      const evidence =
        options.checkpoints === undefined
          ? {}
          : { checkpoints: splitCheckpoints(linesOf(bytesOf(options.checkpoints))), signingKey: await trustedKeys(options.signingKey) };
      const found = await verifyExport(linesOf(bytesOf(file)), evidence);
      answer(command, found, inWords(found));
      if (!found.valid) process.exitCode = EXIT_FAILED;
    });
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* (path === '-' ? process.stdin : createReadStream(path)) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${path} cannot be read (${code ?? 'unknown'}).`, { code: 'unreadable', cause: error });
  }
}

async function trustedKeys(given: readonly string[] | undefined): Promise<readonly string[]> {
  const { readProfile } = await import('@holdfast/sdk/node');
  const keys = given ?? Object.values(readProfile().pins ?? {}).flatMap(({ signingKey }) => signingKey ?? []);
  if (keys.length === 0) {
    throw usageError(
      'Which signing key must the checkpoints be signed with?',
      'Name it with --signing-key; holdfast keys --json shows it.',
    );
  }
  if (!keys.every((key) => Buffer.from(key, 'base64url').length === 32)) throw usageError('--signing-key wants 32 bytes in base64url.');
  return keys;
}

function inWords(found: Verification): string {
  if (!found.valid) return `NOT SOUND: ${found.reason}`;
  const lines = [`Sound: ${counted(found.events, 'event')}, up to ${found.headHash.slice(0, 16)}….`];
  if (found.proven !== undefined) {
    lines.push(
      `${counted(found.checkpoints, 'checkpoint')} agree; up to event ${found.proven.sequence} (${found.proven.time}) nothing was rewritten.`,
    );
  } else lines.push('Without a checkpoint that was kept elsewhere, a record that was made anew as a whole would look the same.');
  if (found.laterCheckpoints > 0)
    lines.push(`${counted(found.laterCheckpoints, 'checkpoint')} later than the export, which say nothing about it.`);
  return lines.join('\n');
}
