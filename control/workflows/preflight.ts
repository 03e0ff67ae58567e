import { type Component, type Failure, HoldfastError, type Preflight, type PreflightCheck, type WorkflowDefinition } from '@holdfast/api';
import type { DestinationMode } from '@holdfast/envelope';
import { sql } from 'kysely';
import type { By } from '../audit/record.ts';
import { readComponents } from '../components/read-components.ts';
import { refusalOf } from '../components/refusal-of.ts';
import { testSaved } from '../components/test-saved.ts';
import type { Control } from '../control.ts';
import { readDestinationMode } from '../destinations/read-destinations.ts';
import { failureOfFolders, type OfferedFolders, readOfferedFolders } from './source-folders.ts';

/** As many as the data plane tries side by side: each is then waited for no longer than it may take. */
const TOGETHER = 4;

interface PreflightBy extends By {
  readonly organizationId: string;
}

interface HowToLook {
  /** Whether services are asked; else only what shows without them is looked at. */
  readonly asksServices: boolean;
  /** Whether nobody waits any longer. */
  readonly isGone: () => boolean;
}

/** Of a component, apart from where it is used. */
type ComponentCheck = Omit<PreflightCheck, 'steps' | 'folder'>;

/**
 * What runs of these definitions would meet, without running them: the folders of their sources are there;
 * the secrets of each component exist, have not expired and are in scope; they may be sent where its options
 * say; and its service answers and accepts them, in the least way that tells. A service is asked only when
 * all else is as it should be, and once for all definitions.
 *
 * @returns for each definition a check for each folder and component, in the order in which a document
 *   meets them.
 */
export async function preflight(
  control: Pick<Control, 'db' | 'queue' | 'repeats'>,
  by: PreflightBy,
  definitions: readonly WorkflowDefinition[],
  how: HowToLook,
): Promise<Preflight[]> {
  const { db } = control;
  const used = new Map(definitions.flatMap(usedBy).map(({ component }) => [component.id, component]));
  const [components, mode, offered] = await Promise.all([
    readComponents(db, by.organizationId, sql`c.id = any(${[...used.keys()]}::uuid[])`, used.size),
    readDestinationMode(db, by.organizationId),
    readOfferedFolders(db, by.organizationId),
  ]);
  const waiting = [...used.values()];
  const found = new Map<string, ComponentCheck>();
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { id, name } = next;
      const component = components.find((each) => each.id === id);
      found.set(id, component === undefined ? deletedMeanwhile({ id, name }) : await checkComponent(control, by, component, mode, how));
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  return definitions.map((definition) => {
    const checks = [
      ...checkFolders(definition, offered),
      ...usedBy(definition).flatMap(({ component, steps }) => {
        const check = found.get(component.id);
        return check === undefined ? [] : [{ ...check, steps, folder: null }];
      }),
    ];
    return { passed: checks.every(({ passed }) => passed), checks };
  });
}

interface Used {
  readonly component: { readonly id: string; readonly name: string };
  /** By name. */
  readonly steps: string[];
}

/** Each component once. */
function usedBy({ sources, steps }: WorkflowDefinition): Used[] {
  const used = new Map<string, Used>();
  for (const source of sources) if (source.kind === 'component') used.set(source.component.id, { component: source.component, steps: [] });
  for (const { name, component } of steps) {
    const known = used.get(component.id) ?? { component, steps: [] };
    used.set(component.id, { component, steps: [...known.steps, name] });
  }
  return [...used.values()];
}

async function checkComponent(
  control: Pick<Control, 'db' | 'queue' | 'repeats'>,
  by: PreflightBy,
  component: Component,
  mode: DestinationMode,
  { asksServices, isGone }: HowToLook,
): Promise<ComponentCheck> {
  const { id, name } = component;
  const refusal = refusalOf(component, mode);
  if (refusal !== null) return refused({ id, name }, refusal);
  if (!asksServices) {
    const detail = 'Its secrets and destinations are as they should be; its service was not asked.';
    return { component: { id, name }, passed: true, detail, failure: null, milliseconds: null };
  }
  try {
    const { passed, detail, failure, milliseconds } = await testSaved(control, by, component, isGone);
    return { component: { id, name }, passed, detail, failure, milliseconds };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return refused({ id, name }, { code: error.code, detail: error.message, remedy: error.remedy });
  }
}

function refused(component: Used['component'], failure: Failure): ComponentCheck {
  return { component, passed: false, detail: failure.detail, failure, milliseconds: null };
}

/** After the definition was read. */
function deletedMeanwhile(component: Used['component']): ComponentCheck {
  const remedy = 'Choose another component in its place.';
  return refused(component, { code: 'not_found', detail: `“${component.name}” was deleted.`, remedy });
}

function checkFolders({ sources }: WorkflowDefinition, offered: OfferedFolders): PreflightCheck[] {
  const folders = [...new Set(sources.flatMap((source) => (source.kind === 'folder' ? source.folder : [])))];
  // Each by itself first: only when each is somewhere, it matters that one data plane has them all.
  const alone = folders.map((folder) => [folder, failureOfFolders([folder], offered)] as const);
  const together = alone.every(([, failure]) => failure === null) ? failureOfFolders(folders, offered) : null;
  return alone.map(([folder, ownFailure]) => {
    const failure = ownFailure ?? together;
    const detail = failure?.detail ?? `A data plane that runs now has the folder “${folder}”.`;
    return { component: null, folder, steps: [], passed: failure === null, detail, failure, milliseconds: null };
  });
}
