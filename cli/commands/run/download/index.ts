import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { downloadRunDocument, listRunItems, ORIGINAL } from '@holdfast/api';
import { answer, clearProgress, counted, progress, remark, sized } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { type Workplace, workplace } from '../../../connection.ts';
import { collect } from '../../../lookup.ts';
import { repeatable } from '../../repeatable.ts';
import { RUN_ARGUMENT, readRun } from '../watching.ts';
import { pathFor } from './file-names.ts';
import { type KeptDocument, keptDocuments } from './kept-documents.ts';
import { writeNew } from './write-new.ts';

interface Options {
  readonly item?: readonly string[];
  readonly step?: readonly string[];
  readonly output: string;
  readonly force?: true;
}

interface Target extends KeptDocument {
  readonly path: string;
}

const EXIT_INTERRUPTED = 130;
const NAMED = 5;

export function registerRunDownload(run: Command): void {
  run
    .command('download')
    .description('write the documents of a run into a folder: as they were uploaded, and what models made of them, while they are kept')
    .argument(...RUN_ARGUMENT)
    .option('--item <name>', 'of this document alone; can be repeated', repeatable)
    .option('--step <name>', `what this step made alone, or “${ORIGINAL}” for what was uploaded; can be repeated`, repeatable)
    .option('-o, --output <folder>', 'where to', '.')
    .option('--force', 'replace files that are there')
    .addHelpText(
      'after',
      '\nEach step has a folder of its own, unless one alone is named. Each download is on the record.\nFor example:  holdfast run download 12 --step extract -o results',
    )
    .action(async (id: string | undefined, options: Options, command: Command) => {
      const { readAll } = await import('@holdfast/sdk');
      const place = await workplace();
      const found = await readRun(place, id);
      const request = { params: { organization: place.slug, run: found.id }, query: { limit: 200 } };
      const { documents, removed, unlisted } = keptDocuments(await collect(readAll(place.client, listRunItems, request)), options);
      if (documents.length === 0) {
        const remedy =
          removed > 0 || found.documentsRemovedAt !== null
            ? 'What is kept, and how long, stands under Limits of the workflow: holdfast workflow show NAME.'
            : 'holdfast run items shows its documents. Those of a folder or connector stay where they are; what models make of them is kept.';
        throw new CommandError('The run keeps no such document.', { code: 'not_found', remedy });
      }
      const targets = targetsOf(documents, options);
      refuseWhatIsThere(targets, options);
      await download(place, found.id, targets, options);
      if (removed > 0) remark(`${counted(removed, 'document')} ${removed === 1 ? 'is' : 'are'} not kept any more.`);
      if (unlisted > 0)
        remark(`${counted(unlisted, 'document')} that models made ${unlisted === 1 ? 'is' : 'are'} not listed: 20 of each are.`);
      const bytes = targets.reduce((sum, { size }) => sum + size, 0);
      const files = targets.map(({ path, item, step, name, size }) => ({ path, item, step, name, size }));
      answer(
        command,
        { run: found.id, files },
        `${counted(targets.length, 'document')} (${sized(bytes)}) written to ${printable(options.output)}.`,
      );
    });
}

/** Those of one step stand in the folder itself. */
function targetsOf(documents: readonly KeptDocument[], { step: steps, output }: Options): Target[] {
  const taken = new Set<string>();
  return documents.map((document) => {
    const name = steps?.length === 1 ? document.name : `${document.step}/${document.name}`;
    return { ...document, path: join(output, pathFor(name, taken)) };
  });
}

function refuseWhatIsThere(targets: readonly Target[], { force }: Options): void {
  const there = force ? [] : targets.filter(({ path }) => existsSync(path));
  if (there.length === 0) return;
  const named = there.slice(0, NAMED).map(({ path }) => printable(path));
  const more = there.length > NAMED ? `, and ${there.length - NAMED} more` : '';
  const are = there.length === 1 ? 'is' : 'are';
  throw usageError(
    `${named.join(', ')}${more} ${are} there already. Nothing was written.`,
    '--force replaces files; --output names another folder.',
  );
}

async function download({ client, slug }: Workplace, run: string, targets: readonly Target[], { force }: Options): Promise<void> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for (const [index, { id, name, size, path }] of targets.entries()) {
      const label = `Downloading ${index + 1} of ${targets.length}: ${printable(name)}`;
      progress(`${label} (${sized(size)})`);
      const params = { organization: slug, run, document: id };
      const stream = await client.stream(downloadRunDocument, { params, signal: abort.signal });
      const bytes = counting(Readable.fromWeb(stream as ReadableStream<Uint8Array>), size, label);
      await writeNew(path, bytes, { force: force === true, size, signal: abort.signal });
    }
  } catch (error) {
    clearProgress();
    if (!abort.signal.aborted) throw error;
    throw new CommandError('Stopped. What is written whole stays, and no part of another.', {
      code: 'interrupted',
      exitCode: EXIT_INTERRUPTED,
    });
  } finally {
    clearProgress();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const SHOWN_MILLISECONDS = 200;

/** Says on a terminal how much of a document has come. */
async function* counting(chunks: AsyncIterable<Uint8Array>, size: number, label: string): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let shown = Date.now();
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (Date.now() - shown >= SHOWN_MILLISECONDS) {
      shown = Date.now();
      progress(`${label} (${sized(bytes)} of ${sized(size)})`);
    }
    yield chunk;
  }
}
