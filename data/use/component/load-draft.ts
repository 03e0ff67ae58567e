import { type ComponentDraft, CURRENT_VALUE, type Database } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { type SecretRow, STORED_SECRET, storedSecretOf } from '../stored-secret.ts';
import type { StoredSecret } from '../values/wanted-use.ts';
import { type Binding, type BoundComponent, loadBoundComponent } from './load-component.ts';

/**
 * The component that a test tries in place of what is saved; `undefined` when the test or its project is
 * gone.
 */
export async function loadDraftComponent(
  db: Kysely<Database>,
  organizationId: string,
  testId: string,
): Promise<BoundComponent | undefined> {
  const test = await db
    .selectFrom('component_test')
    .innerJoin('project', (join) =>
      join
        .onRef('project.organization_id', '=', 'component_test.organization_id')
        .on(sql<boolean>`project.id = (component_test.draft ->> 'projectId')::uuid`),
    )
    .select(['component_test.component_id', 'component_test.draft', 'project.name as project_name'])
    .where('component_test.organization_id', '=', organizationId)
    .where('component_test.id', '=', testId)
    .executeTakeFirst();
  if (test?.draft == null) return undefined;
  const draft: ComponentDraft = test.draft;
  const sealed = await db
    .selectFrom('component_test_value')
    .select(['option', 'secret_id', 'version_id', 'key_id', 'sealed'])
    .where('organization_id', '=', organizationId)
    .where('test_id', '=', testId)
    .orderBy('option')
    .execute();
  const stored = await loadSecrets(
    db,
    organizationId,
    draft.bindings.map(({ secretId }) => secretId),
  );
  const id = test.component_id ?? testId;
  const values: Binding[] = sealed.map(({ option, secret_id, version_id, key_id, sealed }) => ({
    option,
    reference: '',
    secretName: null,
    secret: storedSecretOf({
      secret_id,
      current_name: null,
      owner_component_id: id,
      all_projects: true,
      scope_project_ids: [],
      expires_at: null,
      destinations: [],
      destination_decisions: 0,
      version_id,
      key_id,
      sealed: null,
    }),
    sealed,
  }));
  const bindings: Binding[] = draft.bindings.map(({ option, reference, secretId, secretName }) => {
    const secret = stored.get(secretId);
    return { option, reference, secretName: secret?.name ?? secretName, secret };
  });
  return {
    id,
    name: draft.name,
    type: draft.type,
    projectId: draft.projectId,
    projectName: test.project_name,
    revision: 0,
    configuration: draft.configuration,
    bindings: [...bindings, ...values],
    draft: { testId, componentId: test.component_id, approved: draft.approved },
  };
}

/** As it is now; `undefined` when it is gone. */
export function reloadComponent(
  db: Kysely<Database>,
  organizationId: string,
  component: BoundComponent,
): Promise<BoundComponent | undefined> {
  const { id, draft } = component;
  return draft === undefined ? loadBoundComponent(db, organizationId, id) : loadDraftComponent(db, organizationId, draft.testId);
}

async function loadSecrets(db: Kysely<Database>, organizationId: string, ids: readonly string[]): Promise<Map<string, StoredSecret>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<SecretRow>`
    select ${sql.raw(STORED_SECRET)}
    from secret s ${sql.raw(CURRENT_VALUE)}
    where s.organization_id = ${organizationId} and s.id = any(${ids}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.secret_id, storedSecretOf(row)]));
}
