import { HoldfastError, ORIGINAL, type WorkflowVersion } from '@holdfast/api';
import type { Database, PublishedVersion, WorkflowDefinition } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import { describedDefinition, differencesOf } from '@holdfast/workflow';
import type { Kysely } from 'kysely';
import type { DefinitionBody } from './check-definition.ts';
import { shownDefinition } from './describe-definition.ts';
import { componentsById } from './read-workflows.ts';
import { componentsOf } from './save-definition.ts';

interface Page {
  /** Only versions before this one. */
  readonly below: number | undefined;
  readonly limit: number;
}

/** The versions of a workflow, newest first, each with what it changed. */
export async function readVersions(
  db: Kysely<Database>,
  organizationId: string,
  workflowId: string,
  { below, limit }: Page,
): Promise<WorkflowVersion[]> {
  const rows = await db
    .selectFrom('workflow_version')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('workflow_id', '=', workflowId)
    .$if(below !== undefined, (query) => query.where('number', '<', below ?? 0))
    .orderBy('number', 'desc')
    // The last of them is compared with the one before it.
    .limit(limit + 1)
    .execute();
  const ids = rows.flatMap(({ definition }) => componentsOf(definition));
  const components = await componentsById(db, organizationId, ids);
  const shown = rows.map(({ definition, components: names }) => shownDefinition(definition, components, names));
  return rows.slice(0, limit).map(({ number, note, published_at, published_by }, place) => {
    const definition = shown[place] ?? { sources: [], steps: [] };
    const before = shown[place + 1];
    return {
      number,
      note,
      publishedAt: published_at.toISOString(),
      publishedBy: personOf(published_by),
      ...definition,
      changes: differencesOf(before && describedDefinition(before), describedDefinition(definition)),
    };
  });
}

/** Throws `not_found`. */
export async function requireVersion(
  db: Kysely<Database>,
  organizationId: string,
  workflowId: string,
  number: number,
): Promise<PublishedVersion> {
  const version = await db
    .selectFrom('workflow_version')
    .select(['number', 'definition'])
    .where('organization_id', '=', organizationId)
    .where('workflow_id', '=', workflowId)
    .where('number', '=', number)
    .executeTakeFirst();
  if (version === undefined) throw new HoldfastError('not_found', 'The workflow has no such version.');
  return version;
}

/** As somebody would write it. */
export function bodyOfDefinition({ sources, steps }: WorkflowDefinition): DefinitionBody {
  return {
    sources: [...sources],
    steps: steps.map(({ id: _, input, ...step }) => ({
      ...step,
      input: steps.find(({ id }) => id === input)?.name ?? ORIGINAL,
    })),
  };
}
