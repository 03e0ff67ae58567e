import type { Fault } from './faults.ts';
import type { WorkflowFile } from './file.ts';

/** What a file may name. */
export interface KnownNames {
  /** Of the project. */
  readonly components: readonly {
    readonly name: string;
    /** `undefined`: of a type that is not known here. */
    readonly role: 'connector' | 'model' | 'publisher' | 'bridge' | undefined;
  }[];
  /** Those that the operator offers; `undefined`: not known. */
  readonly folders: readonly string[] | undefined;
}

/** What is wrong with a file that only its project shows: components and folders that are not there. */
export function faultsOfNames({ sources, steps }: WorkflowFile, { components, folders }: KnownNames): Fault[] {
  const faults: Fault[] = [];
  const fail = (field: string, detail: string) => faults.push({ field, detail });
  const check = (field: string, name: string, isSource: boolean) => {
    const component = components.find((each) => each.name === name);
    if (component === undefined) {
      const near = components.find((each) => each.name.toLowerCase() === name.toLowerCase());
      const fitting = components.filter(({ role }) => (role === 'connector') === isSource).map((each) => `“${each.name}”`);
      const remedy = near !== undefined ? ` Did you mean “${near.name}”?` : fitting.length === 0 ? '' : ` It has ${someOf(fitting)}.`;
      return fail(field, `The project has no component “${name}”.${remedy}`);
    }
    if (component.role === undefined || (component.role === 'connector') === isSource) return undefined;
    return fail(field, isSource ? 'Only a connector can be a source.' : 'A connector reads documents in: name it as a source.');
  };
  for (const [index, source] of sources.entries()) {
    if (source.kind === 'component') check(`sources.${index}.component`, source.component, true);
    if (source.kind === 'folder' && folders !== undefined && !folders.includes(source.folder)) {
      const offered = folders.length === 0 ? ' It offers none.' : ` It offers ${someOf(folders.map((name) => `“${name}”`))}.`;
      fail(`sources.${index}.folder`, `The operator offers no such folder to this organization.${offered}`);
    }
  }
  for (const [index, { component }] of steps.entries()) check(`steps.${index}.component`, component, false);
  return faults;
}

const NAMED = 5;

function someOf(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}
