import type { Command } from 'commander';
import { registerWorkflowApply } from './apply.ts';
import { registerWorkflowCheck } from './check.ts';
import { registerWorkflowCreate } from './create.ts';
import { registerWorkflowDelete } from './delete.ts';
import { registerWorkflowDiscardDraft } from './discard-draft.ts';
import { registerWorkflowExport } from './export.ts';
import { registerWorkflowLimit } from './limit.ts';
import { registerWorkflowList } from './list.ts';
import { registerWorkflowPublish } from './publish.ts';
import { registerWorkflowRestore } from './restore.ts';
import { registerWorkflowRetention } from './retention.ts';
import { registerWorkflowRun } from './run.ts';
import { registerWorkflowShow } from './show.ts';
import { registerTrigger } from './trigger/index.ts';
import { registerWorkflowUpdate } from './update.ts';
import { registerWorkflowVersions } from './versions.ts';

export function registerWorkflow(program: Command): void {
  const workflow = program.command('workflow').description('what is done with documents, and starting it');
  for (const register of [
    registerWorkflowRun,
    registerWorkflowList,
    registerWorkflowShow,
    registerWorkflowCreate,
    registerWorkflowUpdate,
    registerWorkflowPublish,
    registerWorkflowVersions,
    registerWorkflowRestore,
    registerWorkflowDiscardDraft,
    registerWorkflowLimit,
    registerWorkflowRetention,
    registerWorkflowExport,
    registerWorkflowCheck,
    registerWorkflowApply,
    registerWorkflowDelete,
    registerTrigger,
  ]) {
    register(workflow);
  }
}
