import { discardWorkflowDraft } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import { CommandError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';

interface Options {
  readonly project?: string;
  readonly yes?: true;
}

export function registerWorkflowDiscardDraft(workflow: Command): void {
  workflow
    .command('discard-draft')
    .description('forget the draft of a workflow: its newest version is all there is')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .option(...YES_OPTION)
    .action(async (name: string, { project, yes }: Options, command: Command) => {
      const place = await workplace();
      const found = await findWorkflow(place, name, project);
      const label = printable(found.name);
      if (found.draft === null) {
        const remedy = 'Nothing is to be discarded: what it does is its newest version.';
        throw new CommandError(`“${label}” has no draft.`, { code: 'nothing_to_publish', remedy });
      }
      if (!yes) await confirm(`Discard the draft of “${label}” that ${printable(found.draft.savedBy.name)} saved?`);
      const saved = await place.client.call(discardWorkflowDraft, {
        params: { organization: place.slug, workflow: found.id },
        headers: { 'if-match': String(found.revision) },
      });
      answer(command, { workflow: saved }, `The draft of “${label}” is discarded. Runs use version ${saved.version?.number}.`);
    });
}
