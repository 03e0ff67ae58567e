import { type Body, type createWorkflow, ORIGINAL } from '@holdfast/api';
import { freePartName } from '@holdfast/configuration';
import type { WorkflowStep } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { type ExpressionUse, expressionFault } from '@holdfast/workflow/expressions';
import type { FieldError, PartComponent } from './resolve-sources.ts';

type StepBody = Body<typeof createWorkflow>['steps'][number];

/**
 * Gives each step a name and says which step's documents it takes; or says, by field, what cannot be. A step
 * takes the documents of an earlier one, so there is no circle.
 *
 * @param former as they were before: a step keeps its id as long as it keeps its name.
 */
export function resolveSteps(
  bodies: readonly StepBody[],
  components: readonly PartComponent[],
  former: readonly WorkflowStep[] = [],
): { readonly steps: readonly WorkflowStep[]; readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [];
  const steps: (WorkflowStep & { readonly makesDocuments: boolean })[] = [];
  const taken = new Set([ORIGINAL, ...bodies.flatMap(({ name }) => name?.toLowerCase() ?? [])]);
  for (const [position, body] of bodies.entries()) {
    const fail = (field: string, detail: string) => errors.push({ field: `steps.${position}.${field}`, detail });
    const component = components.find(({ id }) => id === body.componentId.toLowerCase());
    if (component === undefined) fail('componentId', 'The project has no such component.');
    else if (component.role === 'connector') fail('componentId', 'A connector reads documents in: choose it as the source.');
    const name = body.name ?? freePartName(component?.name ?? '', taken, 'step');
    taken.add(name.toLowerCase());
    if (steps.some((step) => step.name.toLowerCase() === name.toLowerCase())) fail('name', `Another step is called “${name}”.`);
    const input = inputOf(body.input, steps);
    if (typeof input === 'object' && input !== null) fail('input', input.detail);
    steps.push({
      id: former.find((step) => step.name === name)?.id ?? uuidv7(),
      componentId: body.componentId.toLowerCase(),
      name,
      input: typeof input === 'string' ? input : null,
      ...expressionsOf(body, fail),
      makesDocuments: component?.role === 'model',
    });
  }
  if (errors.length === 0 && steps.every(({ makesDocuments }) => makesDocuments)) {
    errors.push({ field: 'steps', detail: 'Add a publisher: without one nobody gets what the models make.' });
  }
  return { steps: steps.map(({ makesDocuments: _, ...step }) => step), errors };
}

/** Condition and mapping, as far as there are any. */
function expressionsOf(
  { condition, mapping }: StepBody,
  fail: (field: string, detail: string) => void,
): Pick<WorkflowStep, 'condition' | 'mapping'> {
  const check = (field: string, text: string, use: ExpressionUse) => {
    const fault = expressionFault(text, use);
    if (fault !== undefined) fail(field, fault);
  };
  if (condition !== undefined) check('condition', condition, 'condition');
  if (mapping?.name !== undefined) check('mapping.name', mapping.name, 'name');
  for (const [name, text] of Object.entries(mapping?.fields ?? {})) check(`mapping.fields.${name}`, text, 'field');
  const { name, fields } = mapping ?? {};
  return {
    ...(condition !== undefined && { condition }),
    ...((name !== undefined || fields !== undefined) && {
      mapping: { ...(name !== undefined && { name }), ...(fields !== undefined && { fields }) },
    }),
  };
}

/** The id of the step that is meant, `null` for the original, or what is wrong. */
function inputOf(
  input: string | undefined,
  earlier: readonly { readonly id: string; readonly name: string; readonly makesDocuments: boolean }[],
): string | null | { readonly detail: string } {
  if (input === undefined) return earlier.findLast(({ makesDocuments }) => makesDocuments)?.id ?? null;
  if (input.toLowerCase() === ORIGINAL) return null;
  const step = earlier.find(({ name }) => name.toLowerCase() === input.toLowerCase());
  if (step === undefined) return { detail: `No step before this one is called “${input}”; “${ORIGINAL}” is the document as it came.` };
  return step.makesDocuments ? step.id : { detail: `“${step.name}” publishes, and makes no documents.` };
}
