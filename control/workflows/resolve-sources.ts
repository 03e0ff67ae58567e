import type { Body, createWorkflow } from '@holdfast/api';
import { type ComponentType, freePartName } from '@holdfast/configuration';
import type { WorkflowSource } from '@holdfast/db/control';

export type SourceBody = NonNullable<Body<typeof createWorkflow>['sources']>[number];

export interface FieldError {
  readonly field: string;
  readonly detail: string;
}

/** A component of the workflow's project. */
export interface PartComponent {
  readonly id: string;
  readonly name: string;
  readonly role: ComponentType['role'] | undefined;
}

/** What decides about sources. */
export interface SourceFacts {
  readonly components: readonly PartComponent[];
  /** Names of the folders that the operator offers to the organization. */
  readonly folders: ReadonlySet<string>;
  /** As they were before: what reads from the same place keeps its name. */
  readonly former: readonly WorkflowSource[];
}

/**
 * Gives each source a name; or says, by field, what cannot be.
 *
 * @param fieldOf the field that a source stands in.
 */
export function resolveSources(
  bodies: readonly SourceBody[],
  { components, folders, former }: SourceFacts,
  fieldOf: (index: number) => string,
): { readonly sources: readonly WorkflowSource[]; readonly errors: readonly FieldError[] } {
  const errors: FieldError[] = [];
  const sources: WorkflowSource[] = [];
  const taken = new Set(bodies.flatMap(({ name }) => name?.toLowerCase() ?? []));
  for (const [index, body] of bodies.entries()) {
    const fail = (field: string, detail: string) => errors.push({ field: `${fieldOf(index)}.${field}`, detail });
    const component = body.kind === 'component' ? components.find(({ id }) => id === body.componentId.toLowerCase()) : undefined;
    if (body.kind === 'folder' && !folders.has(body.folder)) {
      fail(
        'folder',
        'The operator offers no such folder to this organization. Choose one of the list, or ask the operator to add it to HOLDFAST_SOURCE_FOLDERS.',
      );
    }
    if (body.kind === 'component' && component === undefined) fail('componentId', 'The project has no such component.');
    if (component !== undefined && component.role !== 'connector') fail('componentId', 'Only a connector can be a source.');
    if (sources.some((source) => placeOf(source) === placeOf(body)))
      fail(PLACE_FIELD[body.kind], 'Another source of the workflow is the same.');
    const name = body.name ?? nameFor(body, component, former, taken);
    if (sources.some((source) => source.name.toLowerCase() === name.toLowerCase())) fail('name', `Another source is called “${name}”.`);
    taken.add(name.toLowerCase());
    sources.push(body.kind === 'component' ? { ...body, name, componentId: body.componentId.toLowerCase() } : { ...body, name });
  }
  return { sources, errors };
}

const PLACE_FIELD = { upload: 'kind', folder: 'folder', component: 'componentId' } as const;

/** Where it reads from; two sources of one workflow never read from the same place. */
function placeOf(source: SourceBody): string {
  if (source.kind === 'folder') return `folder ${source.folder}`;
  return source.kind === 'component' ? `component ${source.componentId.toLowerCase()}` : 'upload';
}

function nameFor(
  body: SourceBody,
  component: PartComponent | undefined,
  former: readonly WorkflowSource[],
  taken: ReadonlySet<string>,
): string {
  const before = former.find((source) => placeOf(source) === placeOf(body));
  if (before !== undefined && !taken.has(before.name.toLowerCase())) return before.name;
  if (body.kind === 'upload') return freePartName('upload', taken, 'source');
  return freePartName(body.kind === 'folder' ? body.folder : (component?.name ?? ''), taken, 'source');
}
