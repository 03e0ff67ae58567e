import { type Component, type Failure, HoldfastError, type PreflightCheck, type Workflow } from '@holdfast/api';
import { sql } from 'kysely';
import type { By } from '../audit/record.ts';
import { readComponents } from '../components/read-components.ts';
import { refusalOf } from '../components/refusal-of.ts';
import { testSaved } from '../components/test-saved.ts';
import type { Control } from '../control.ts';
import { readDestinationMode } from '../destinations/read-destinations.ts';

/** As many as the data plane tries side by side: each is then waited for no longer than it may take. */
const TOGETHER = 4;

interface PreflightBy extends By {
  readonly organizationId: string;
  readonly organizationSlug: string;
}

/**
 * What a run of the workflow would meet, without running it: the folders of its sources are there; the
 * secrets of each component exist, have not expired and are in scope; they may be sent where its options say;
 * and its service answers and accepts them, in the least way that tells. A service is asked only when all
 * else is as it should be.
 *
 * @param isGone whether nobody waits any longer.
 * @returns a check for each component, in the order in which a document meets them.
 */
export async function preflight(
  control: Pick<Control, 'db' | 'queue' | 'repeats'>,
  by: PreflightBy,
  workflow: Workflow,
  isGone: () => boolean,
): Promise<PreflightCheck[]> {
  const uses = usesOf(workflow);
  const [components, mode] = await Promise.all([
    readComponents(control.db, by.organizationId, sql`c.id = any(${[...uses.keys()]}::uuid[])`, uses.size),
    readDestinationMode(control.db, by.organizationId),
  ]);
  const waiting = [...uses];
  const found = new Map<string, PreflightCheck>();
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [id, steps] = next;
      const component = components.find((each) => each.id === id);
      if (component !== undefined) found.set(id, { steps, ...(await checkComponent(control, by, component, mode, isGone)) });
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  const folders = workflow.sources.flatMap((source) => (source.kind === 'folder' ? source.folder : []));
  const ofFolders = await Promise.all(folders.map((folder) => checkFolder(control, by.organizationSlug, folder)));
  return [...ofFolders, ...[...uses.keys()].flatMap((id) => found.get(id) ?? [])];
}

/** Components with the names of the steps that use them, each once. */
function usesOf({ sources, steps }: Workflow): Map<string, string[]> {
  const uses = new Map<string, string[]>();
  for (const source of sources) if (source.kind === 'component') uses.set(source.component.id, []);
  for (const { name, component } of steps) uses.set(component.id, [...(uses.get(component.id) ?? []), name]);
  return uses;
}

async function checkComponent(
  control: Pick<Control, 'db' | 'queue' | 'repeats'>,
  by: PreflightBy,
  component: Component,
  mode: 'enforce' | 'observe',
  isGone: () => boolean,
): Promise<Omit<PreflightCheck, 'steps'>> {
  const { id, name } = component;
  const refused = (failure: Failure) => ({ component: { id, name }, passed: false, detail: failure.detail, failure, milliseconds: null });
  const refusal = refusalOf(component, mode);
  if (refusal !== null) return refused(refusal);
  try {
    const { passed, detail, failure, milliseconds } = await testSaved(control, by, component, isGone);
    return { component: { id, name }, passed, detail, failure, milliseconds };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return refused({ code: error.code, detail: error.message, remedy: error.remedy });
  }
}

async function checkFolder({ db }: Pick<Control, 'db'>, organizationSlug: string, folder: string): Promise<PreflightCheck> {
  const node = await db
    .selectFrom('source_folder')
    .innerJoin('live_node', 'live_node.id', 'source_folder.node_id')
    .select('live_node.id')
    .where('source_folder.organization_slug', '=', organizationSlug)
    .where('source_folder.name', '=', folder)
    .executeTakeFirst();
  const about = { component: null, steps: [], milliseconds: null };
  if (node !== undefined)
    return { ...about, passed: true, detail: `A data plane that runs now has the folder “${folder}”.`, failure: null };
  const detail = `No data plane that runs now has the folder “${folder}”.`;
  const remedy = 'Start a data plane that has it; a run waits until then.';
  return { ...about, passed: false, detail, failure: { code: 'data_plane_unavailable', detail, remedy } };
}
