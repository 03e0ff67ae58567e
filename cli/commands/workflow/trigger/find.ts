import { listTriggers, type Trigger, type Workflow } from '@holdfast/api';
import { usageError } from '@holdfast/terminal/report';
import { type Workplace, workplace } from '../../../connection.ts';
import { findWorkflow } from '../../../find-workflow.ts';

/** Which trigger a command is about. */
export interface FoundTrigger {
  readonly place: Workplace;
  readonly workflow: Workflow;
  readonly trigger: Trigger;
  /** Of the endpoints of one trigger. */
  readonly params: { readonly organization: string; readonly workflow: string; readonly trigger: string };
}

/** By the names of the workflow and of the trigger. */
export async function findTrigger(workflowName: string, name: string, project: string | undefined): Promise<FoundTrigger> {
  const place = await workplace();
  const workflow = await findWorkflow(place, workflowName, project);
  const { items } = await place.client.call(listTriggers, { params: { organization: place.slug, workflow: workflow.id } });
  const trigger = items.find((each) => each.name === name) ?? items.find((each) => each.id === name);
  if (trigger === undefined) {
    const names = items.map((each) => each.name).join(', ');
    throw usageError(`“${workflow.name}” has no trigger “${name}”.`, names === '' ? 'It has none at all.' : `It has: ${names}.`);
  }
  return { place, workflow, trigger, params: { organization: place.slug, workflow: workflow.id, trigger: trigger.id } };
}
