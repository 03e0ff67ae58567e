import { HoldfastError } from '@holdfast/api';
import type { Connector } from '@holdfast/connector';
import type { WorkflowStep } from '@holdfast/db/data';
import { throwFirst } from '../all-settled.ts';
import { redactError } from '../egress/redaction.ts';
import { type BoundComponent, stateOfComponent } from '../use/component/load-component.ts';
import { type ComponentDependencies, type OpenComponent, openSavedComponent } from '../use/component/open-component.ts';
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

/** What a run uses: each source that is a component, and each step. */
export interface Opened {
  readonly component: BoundComponent;
  readonly use: OpenComponent;
}

export interface OpenStep extends Opened {
  readonly id: string;
  readonly name: string;
  /** The step whose results it takes; `null`: the document as it came. */
  readonly input: string | null;
  /** See WorkflowStep. */
  readonly condition: WorkflowStep['condition'];
  readonly mapping: WorkflowStep['mapping'];
}

export interface OpenSteps {
  /** Those that are components, by their names. */
  readonly sources: ReadonlyMap<string, Opened>;
  readonly steps: readonly OpenStep[];
  /** When the first of them was what the record says, by the monotonic clock, in milliseconds. */
  readonly openedAt: number;
  /** Whether a value, binding or configuration is another one by now, or gone. */
  changed(): Promise<boolean>;
  /** The text without any value of any of them. */
  redact(text: string): string;
  /** What was thrown while they are open, without any value of any of them. */
  redactError(error: unknown): unknown;
  close(outcome: 'success' | 'failed', code?: string): Promise<void>;
}

/**
 * Takes the values of the sources and of all steps into use, or of none. Throws StepError with the reason as
 * its cause.
 */
export async function openSteps(
  dependencies: ComponentDependencies,
  { loadComponent }: Pick<RunSession, 'loadComponent'>,
  run: Run,
): Promise<OpenSteps> {
  const all: Opened[] = [];
  let openedAt: number | undefined;
  const redact: OpenSteps['redact'] = (text) => all.reduce((redacted, { use }) => use.redactor.redact(redacted), text);
  const close: OpenSteps['close'] = async (outcome, code) => {
    const ends = await Promise.allSettled(all.map(({ use }) => use.close(outcome, code)));
    throwFirst(ends);
  };

  async function open(componentId: string, called: string, place: string, roles: readonly Connector['role'][]): Promise<Opened> {
    let component: BoundComponent | undefined;
    try {
      const opened = await openSavedComponent(dependencies, {
        organizationId: run.organizationId,
        componentId,
        load: async () => {
          component = await loadComponent(run.organizationId, componentId);
          return component;
        },
        occasionOf(read, { role }) {
          component = read;
          if (!roles.includes(role)) throw notRunnable(run, `“${read.name}” is a ${role}, and cannot be ${called}.`);
          return { organizationId: run.organizationId, actor: run.startedBy, context: contextOf(run, place, read) };
        },
      });
      if (opened === undefined) throw notRunnable(run, `The component of ${called} does not exist any more.`);
      all.push(opened);
      openedAt ??= performance.now();
      return opened;
    } catch (error) {
      const shown = redactError(error, redact);
      // What keeps an outcome from the record is no reason why the step cannot be opened.
      await close('failed', 'workflow_not_runnable').catch(() => undefined);
      throw new StepError(shown, component);
    }
  }

  const sources = new Map<string, Opened>();
  for (const source of run.sources) {
    if (source.kind !== 'component') continue;
    const place = run.sources.length === 1 ? 'source' : `source ${source.name}`;
    sources.set(source.name, await open(source.componentId, `the ${place}`, place, ['connector']));
  }
  const steps: OpenStep[] = [];
  for (const [index, { id, componentId, name, input, condition, mapping }] of run.steps.entries()) {
    const opened = await open(componentId, `step ${index + 1}`, String(index + 1), ['model', 'publisher']);
    steps.push({ ...opened, id, name, input, condition, mapping });
  }
  return {
    sources,
    steps,
    openedAt: openedAt ?? Number.NEGATIVE_INFINITY,
    close,
    redact,
    redactError: (error) => redactError(error, redact),
    async changed() {
      for (const { component, use } of all) {
        const now = await loadComponent(run.organizationId, component.id);
        if (now === undefined || stateOfComponent(now) !== use.state) return true;
        // Time alone can end what may be used.
        if (!mayUse(now, use.connector, await dependencies.clock.now())) return true;
      }
      return false;
    },
  };
}

function notRunnable(run: Run, detail: string): HoldfastError {
  return new HoldfastError('workflow_not_runnable', detail, {
    remedy: `Open the workflow “${run.workflowName}” and choose another component.`,
  });
}

function contextOf(run: Run, step: string, component: BoundComponent): Record<string, string> {
  return {
    project: run.projectName,
    workflow: run.workflowName,
    run: run.id,
    runNumber: String(run.number),
    step,
    component: component.name,
  };
}
