import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { exportAudit } from '@holdfast/api';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { answer, wantsJson } from '../../output.ts';
import { CommandError, usageError } from '../../report.ts';

export function registerAuditExport(audit: Command): void {
  audit
    .command('export')
    .description("the organization's whole record as lines of JSON, oldest first")
    .option('-o, --output <file>', 'where to write it; standard output by default')
    .action(async ({ output }: { output?: string }, command: Command) => {
      if (output === undefined && wantsJson(command))
        throw usageError('The export itself is JSON already.', 'Leave out --json, or add --output FILE.');
      const { client, organization } = await connection();
      const stream = await client.stream(exportAudit, { params: { organization: await organization() } });
      const source = Readable.fromWeb(stream as ReadableStream<Uint8Array>);
      if (output === undefined) return pipeline(source, process.stdout, { end: false });
      const partial = `${output}.partial`;
      try {
        // Whole under its name, or not at all.
        await pipeline(source, createWriteStream(partial, { mode: 0o600 }));
        renameSync(partial, output);
      } catch (error) {
        rmSync(partial, { force: true });
        const { code } = error as NodeJS.ErrnoException;
        throw code === undefined ? error : new CommandError(`The export could not be written to ${output} (${code}).`, { cause: error });
      }
      answer(command, { file: output }, `Exported to ${output}. Check it with: holdfast audit verify ${output}`);
    });
}
