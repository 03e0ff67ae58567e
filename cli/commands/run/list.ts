import { listRuns, RUN_STATUSES, type Run, starterInWords } from '@holdfast/api';
import { answer, moment } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { stateCell, table } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { findProject } from '../../lookup.ts';
import { documentsInWords } from './watching.ts';

interface Options {
  workflow?: string;
  project?: string;
  status?: (typeof RUN_STATUSES)[number];
  limit: string;
}

export function registerRunList(run: Command): void {
  run
    .command('list')
    .alias('ls')
    .description('runs, newest first')
    .option('--workflow <name>', 'of this workflow only')
    .option('--project <name>', 'of this project only')
    .addOption(new Option('--status <status>', 'only those').choices(RUN_STATUSES))
    .option('--limit <number>', 'how many', '30')
    .action(async (options: Options, command: Command) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1) throw usageError('--limit takes a whole number from 1.');
      const { readAll } = await import('@holdfast/sdk');
      const place = await workplace();
      const project = options.project === undefined ? undefined : await findProject(place, options.project);
      const workflow = options.workflow === undefined ? undefined : await findWorkflow(place, options.workflow, project?.id);
      const query = { project: project?.id, workflow: workflow?.id, status: options.status, limit: Math.min(limit, 200) };
      const runs: Run[] = [];
      for await (const each of readAll(place.client, listRuns, { params: { organization: place.slug }, query })) {
        runs.push(each);
        if (runs.length === limit) break;
      }
      const rows = runs.map((each) => [
        each.id,
        `${each.workflow.name} #${each.number}`,
        stateCell(each.status),
        documentsInWords(each),
        moment(each.createdAt),
        starterInWords(each.startedBy),
      ]);
      const head = ['RUN', 'WORKFLOW', 'STATUS', 'DOCUMENTS', 'STARTED', 'BY'];
      answer(command, { runs }, runs.length === 0 ? 'No runs: holdfast workflow run NAME starts one.' : table(head, rows, { whole: [0] }));
    });
}
