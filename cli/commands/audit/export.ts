import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { exportAudit } from '@holdfast/api';
import { answer, clearProgress, counted, progress, sized, wantsJson } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { type ExportWatch, watchExport } from './export-watch.ts';
import { writeWhole } from './files.ts';

export function registerAuditExport(audit: Command): void {
  audit
    .command('export')
    .description("the organization's whole record as lines of JSON, oldest first, with its checkpoints")
    .option('-o, --output <file>', 'where to write it; standard output by default')
    .action(async ({ output }: { output?: string }, command: Command) => {
      if (output === undefined && wantsJson(command))
        throw usageError('The export itself is JSON already.', 'Leave out --json, or add --output FILE.');
      const { client, organization } = await connection();
      const stream = await client.stream(exportAudit, { params: { organization: await organization() } });
      const watch: ExportWatch = { strayRows: 0, ended: false };
      // The lines of the export may go to the same terminal.
      const shown = output !== undefined || !process.stdout.isTTY;
      const source = counting(watchExport(Readable.fromWeb(stream as ReadableStream<Uint8Array>), watch), shown);
      if (output === undefined) await pipeline(source, process.stdout, { end: false });
      else await writeWhole(output, source);
      complain(watch);
      if (output !== undefined) answer(command, { file: output }, `Exported to ${output}. Check it with: holdfast audit verify ${output}`);
    });
}

/** Says on a terminal how much has come. */
async function* counting(chunks: AsyncIterable<Uint8Array>, shown: boolean): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (shown) progress(`Exporting: ${sized(bytes)}`);
      yield chunk;
    }
  } finally {
    clearProgress();
  }
}

/** The file is kept either way: it is the evidence. */
function complain({ ended, strayRows }: ExportWatch): void {
  if (!ended) throw new CommandError('The export stops before its end.', { code: 'export_truncated', remedy: 'Export it again.' });
  if (strayRows === 0) return;
  const found = `${counted(strayRows, 'row')} of the database ${strayRows === 1 ? 'is' : 'are'}`;
  throw new CommandError(`The record does not verify: ${found} not part of the log.`, {
    code: 'entry_stray',
    remedy: 'The database was changed by hand. The export has these rows, and holdfast audit verify names them.',
  });
}
