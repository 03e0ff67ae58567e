import { accessSync, constants, openAsBlob, statSync } from 'node:fs';
import { basename } from 'node:path';
import { startRun, uploadDocument, type Workflow } from '@holdfast/api';
import { clearProgress, progress, remark, sized } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { type Workplace, workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { unreadable } from '../../unreadable.ts';
import { PROJECT_OPTION } from '../project-option.ts';
import { answerStarted, WATCH_OPTION } from '../run/watching.ts';
import { checkInWords, failedOf, preflightSaved } from './preflight.ts';
import { sourcesInWords } from './source.ts';

interface Options {
  project?: string;
  preflight?: true;
  watch?: true;
}

export function registerWorkflowRun(workflow: Command): void {
  workflow
    .command('run')
    .description('start a run, with these documents when the workflow takes uploaded ones')
    .argument('<name>', 'its name or id')
    .argument('[documents...]', 'files to upload')
    .option(...PROJECT_OPTION)
    .option('--preflight', 'ask the services first, and start nothing that would fail')
    .option(...WATCH_OPTION)
    .addHelpText('after', '\nFor example:  holdfast workflow run Publish march.pdf april.pdf --watch')
    .action(async (name: string, paths: string[], options: Options, command: Command) => {
      // All of them, before the first is sent.
      const sizes = paths.map(readableSize);
      const place = await workplace();
      const found = await findWorkflow(place, name, options.project);
      const uploads = found.sources.some(({ kind }) => kind === 'upload');
      const required = found.sources.every(({ kind }) => kind === 'upload');
      if (paths.length === 0 ? required : !uploads) {
        throw uploads
          ? usageError(`“${found.name}” takes uploaded documents.`, 'Name the files after the workflow.')
          : usageError(`“${found.name}” reads ${sourcesInWords(found)}, and takes no files.`, `holdfast workflow run ${found.name}`);
      }
      if (options.preflight) await refuseToFail(place, found);
      // It is started all the same: its run says what failed, and can be taken up again.
      const would = found.broken?.code === 'data_plane_unavailable' ? 'wait, or fail' : 'fail';
      if (found.broken !== null) remark(`It would ${would}: ${printable(found.broken.detail)}\n→ ${printable(found.broken.remedy)}`);
      const documentIds: string[] = [];
      for (const [index, path] of paths.entries()) {
        progress(`Uploading ${index + 1} of ${paths.length}: ${printable(basename(path))} (${sized(sizes[index] ?? 0)})`);
        documentIds.push(await upload(place, found.project.id, path));
      }
      clearProgress();
      const started = await place.client.call(startRun, {
        params: { organization: place.slug, workflow: found.id },
        body: { documentIds },
      });
      await answerStarted(command, place, started, options.watch === true);
    });
}

async function refuseToFail(place: Workplace, { id, name }: Workflow): Promise<void> {
  const failed = failedOf(await preflightSaved(place, id, 'ask'));
  if (failed.length === 0) return;
  throw new CommandError(`A run of “${printable(name)}” would fail.\n${failed.map((check) => printable(checkInWords(check))).join('\n')}`, {
    code: 'check_failed',
    remedy: 'Nothing was started. Correct it, or start the run without --preflight: it can be taken up again.',
    details: { faults: failed },
  });
}

function readableSize(path: string): number {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw usageError(`${unreadable(path, error)} Nothing was sent.`);
  }
  const found = statSync(path);
  if (!found.isFile()) throw usageError(`${path} is not a file. Nothing was sent.`, 'Name each document.');
  return found.size;
}

async function upload({ client, slug }: Workplace, project: string, path: string): Promise<string> {
  // Read while it is sent; never whole in memory.
  const blob = await openAsBlob(path);
  const name = basename(path);
  const { id } = await client.call(uploadDocument, {
    params: { organization: slug, project },
    query: { name },
    body: blob,
  });
  return id;
}
