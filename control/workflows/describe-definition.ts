import {
  type Component,
  type ComponentState,
  type Failure,
  HoldfastError,
  ORIGINAL,
  type WorkflowDefinition as Shown,
} from '@holdfast/api';
import type { ComponentNames, WorkflowDefinition } from '@holdfast/db/control';

/** A component of a workflow. */
export interface UsedComponent extends Component {
  /** Why a use of it would be refused. */
  readonly refusal: Failure | null;
  readonly state: ComponentState;
}

/**
 * A definition as the API shows it.
 *
 * @param names of components that are gone: an older version outlives them.
 */
export function shownDefinition(
  { sources, steps }: WorkflowDefinition,
  components: ReadonlyMap<string, UsedComponent>,
  names: ComponentNames = {},
): Shown {
  const shown = (id: string) => {
    const component = components.get(id);
    if (component === undefined) return { id, ...goneComponent(names[id]) };
    const { name, type, state, refusal } = component;
    return { id, name, type, state, broken: refusal !== null, failure: refusal };
  };
  return {
    sources: sources.map((source) => {
      if (source.kind !== 'component') return source;
      const { name, kind, componentId, documents } = source;
      return { name, kind, component: shown(componentId), documents };
    }),
    steps: steps.map(({ id, name, input, componentId, condition, mapping }) => ({
      id,
      name,
      input: steps.find((step) => step.id === input)?.name ?? ORIGINAL,
      component: shown(componentId),
      ...(condition !== undefined && { condition }),
      ...(mapping !== undefined && { mapping }),
    })),
  };
}

function goneComponent({ name = 'a component that is gone', type = '' }: { name?: string; type?: string } = {}) {
  const { code, remedy } = new HoldfastError('not_found', undefined, { remedy: 'Choose another component in its place.' });
  return { name, type, state: 'broken' as const, broken: true, failure: { code, detail: `“${name}” was deleted.`, remedy } };
}
