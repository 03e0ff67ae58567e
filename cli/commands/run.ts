import { accessSync, constants, openAsBlob, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRun, itemCountsInWords, listWorkflows, type Run, startRun, uploadDocument, type Workflow } from '@holdfast/api';
import type { Client } from '@holdfast/sdk';
import type { Command } from 'commander';
import { connection } from '../connection.ts';
import { answer, counted, remark } from '../output.ts';
import { CommandError, EXIT_FAILED, usageError } from '../report.ts';

const LOOK_MILLISECONDS = 500;

interface Options {
  project?: string;
  follow: boolean;
  again?: string;
}

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('start a run of a workflow, with these documents when it takes uploaded ones, and follow it to its end')
    .argument('<workflow>', 'its name or id')
    .argument('[documents...]', 'files to upload')
    .option('--project <name>', 'when workflows of several projects have the name')
    .option('--again <run>', 'with the documents of this earlier run, by its id')
    .option('--no-follow', 'do not wait for its end')
    .action(async (name: string, paths: string[], options: Options, command: Command) => {
      const { client, organization } = await connection();
      const slug = await organization();
      const workflow = await findWorkflow(client, slug, name, options.project);
      const uploads = workflow.source.kind === 'upload';
      if (options.again !== undefined && paths.length > 0) throw usageError('Name files or an earlier run, not both.');
      if (options.again === undefined && uploads !== paths.length > 0) {
        throw uploads
          ? usageError(`“${workflow.name}” takes uploaded documents.`, 'Name the files after the workflow.')
          : usageError(`“${workflow.name}” reads a folder on the server and takes no files.`);
      }
      // All of them, before the first is sent.
      for (const path of paths) requireReadable(path);
      const documentIds: string[] = [];
      for (const path of paths) documentIds.push(await upload(client, slug, workflow.project.id, path));
      const started = await client.call(startRun, {
        params: { organization: slug, workflow: workflow.id },
        body: options.again === undefined ? { documentIds } : { documentIds, documentsOf: options.again },
      });
      remark(`Run ${started.number} of “${workflow.name}” started (${started.id}).`);
      const ended = options.follow ? await follow(client, slug, started) : started;
      answer(command, { run: ended }, inWords(ended));
      if (ended.status === 'failed' || ended.status === 'cancelled') process.exitCode = EXIT_FAILED;
    });
}

async function findWorkflow(client: Client, organization: string, name: string, project: string | undefined): Promise<Workflow> {
  const { readAll } = await import('@holdfast/sdk');
  const found: Workflow[] = [];
  for await (const workflow of readAll(client, listWorkflows, { params: { organization }, query: { limit: 200 } })) {
    const named = workflow.id === name || workflow.name === name;
    if (named && (project === undefined || workflow.project.name === project)) found.push(workflow);
  }
  const [only] = found;
  if (only === undefined) throw new CommandError(`There is no workflow “${name}”.`, { code: 'not_found' });
  if (found.length > 1) {
    throw usageError(
      `${counted(found.length, 'workflow')} have the name “${name}”.`,
      `Name one with --project: ${found.map((workflow) => workflow.project.name).join(', ')}.`,
    );
  }
  return only;
}

function requireReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw usageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
  if (!statSync(path).isFile()) throw usageError(`${path} is not a file.`, 'Name each document.');
}

async function upload(client: Client, organization: string, project: string, path: string): Promise<string> {
  // Read while it is sent; never whole in memory.
  const blob = await openAsBlob(path);
  const name = basename(path);
  const { id } = await client.call(uploadDocument, {
    params: { organization, project },
    query: { name },
    body: blob,
  });
  return id;
}

async function follow(client: Client, organization: string, started: Run): Promise<Run> {
  let said = '';
  for (;;) {
    const run = await client.call(getRun, { params: { organization, run: started.id } });
    const words = itemCountsInWords(run.items, run.finishedAt === null);
    if (words !== said && process.stderr.isTTY) remark(words);
    said = words;
    if (run.finishedAt !== null) return run;
    await sleep(LOOK_MILLISECONDS);
  }
}

function inWords({ failure, items, status }: Run): string {
  return `${status}: ${itemCountsInWords(items, false)}.${failure === null ? '' : `\n${failure.detail}\n→ ${failure.remedy}`}`;
}
