import { HoldfastError } from '@holdfast/api';
import { type BoundComponent, stateOfComponent } from '../use/component/load-component.ts';
import { type ComponentDependencies, type OpenComponent, openComponent } from '../use/component/open-component.ts';
import { mayUse } from '../use/component/wanted-component.ts';
import type { Run } from './run.ts';
import type { RunSession } from './run-session.ts';

/** A step could not be opened. Nothing was sent by this run since. */
export class StepError extends Error {
  override readonly name = 'StepError';
  /** Where the reader can change it. */
  readonly component: { readonly id: string; readonly name: string } | null;

  constructor(cause: unknown, component: BoundComponent | undefined) {
    super('A step could not be opened.', { cause });
    this.component = component === undefined ? null : { id: component.id, name: component.name };
  }
}

export interface OpenSteps {
  readonly uses: readonly OpenComponent[];
  readonly components: readonly BoundComponent[];
  /** When the first of them was what the record says, by the monotonic clock, in milliseconds. */
  readonly openedAt: number;
  /** Whether a value, binding or configuration is another one by now, or gone. */
  changed(): Promise<boolean>;
  close(outcome: 'success' | 'failed', code?: string): Promise<void>;
}

/** Takes the values of all steps into use, or of none. Throws StepError with the reason as its cause. */
export async function openSteps(
  dependencies: ComponentDependencies,
  { loadComponent }: Pick<RunSession, 'loadComponent'>,
  run: Run,
): Promise<OpenSteps> {
  const uses: OpenComponent[] = [];
  const components: BoundComponent[] = [];
  let openedAt: number | undefined;
  const close: OpenSteps['close'] = async (outcome, code) => {
    for (const use of uses) await use.close(outcome, code);
  };
  for (const [index, step] of run.steps.entries()) {
    const component = await loadComponent(run.organizationId, step.componentId);
    try {
      if (component === undefined) {
        throw new HoldfastError('workflow_not_runnable', `The component of step ${index + 1} does not exist any more.`, {
          remedy: `Open the workflow “${run.workflowName}” and choose another component.`,
        });
      }
      uses.push(
        await openComponent(dependencies, component, {
          organizationId: run.organizationId,
          actor: run.startedBy,
          context: contextOf(run, index, component),
        }),
      );
      components.push(component);
      openedAt ??= performance.now();
    } catch (error) {
      await close('failed', 'workflow_not_runnable');
      throw new StepError(error, component);
    }
  }
  return {
    uses,
    components,
    openedAt: openedAt ?? Number.NEGATIVE_INFINITY,
    close,
    async changed() {
      for (const [index, step] of run.steps.entries()) {
        const component = await loadComponent(run.organizationId, step.componentId);
        const use = uses[index];
        if (component === undefined || use === undefined || stateOfComponent(component) !== use.state) return true;
        // Time alone can end what may be used.
        if (!mayUse(component, use.connector, await dependencies.clock.now())) return true;
      }
      return false;
    },
  };
}

function contextOf(run: Run, index: number, component: BoundComponent): Record<string, string> {
  return {
    project: run.projectName,
    workflow: run.workflowName,
    run: run.id,
    runNumber: String(run.number),
    step: String(index + 1),
    component: component.name,
  };
}
