import { type Component, ORIGINAL, type WorkflowDefinition } from '@holdfast/api';
import { bodyOf, type WorkflowValues } from './workflow-values.ts';

/** What stands in the form, as the server would show it. Steps without a component are left out. */
export function definitionOfValues(values: WorkflowValues, components: readonly Component[]): WorkflowDefinition {
  const { sources = [], steps } = bodyOf(values, components);
  const component = (id: string) => {
    const { name = '', type = '', broken = null } = components.find((each) => each.id === id) ?? {};
    return { id, name, type, state: broken === null ? ('ok' as const) : ('broken' as const), broken: broken !== null, failure: null };
  };
  return {
    sources: sources.map((source, index) => {
      const named = { ...source, name: source.name ?? values.sources[index]?.name ?? '' };
      return named.kind === 'component'
        ? { ...named, component: component(named.componentId), documents: named.documents ?? 'all' }
        : named;
    }),
    steps: steps.map(({ componentId, name = '', input = ORIGINAL, ...step }) => ({
      ...step,
      id: name,
      name,
      input,
      component: component(componentId),
    })),
  };
}
