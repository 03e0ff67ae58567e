import { type Definition, secretDefinition } from '@holdfast/audit';
import { SCOPE } from '@holdfast/db/data';
import type { StoredSecret } from './values/wanted-use.ts';

/** The columns of a secret `s` that a use reads; its value is joined by `CURRENT_VALUE`. */
export const STORED_SECRET = `
    s.id as secret_id, s.name as current_name, s.component_id as owner_component_id, s.all_projects, s.expires_at, s.destinations,
    s.destination_decisions, v.id as version_id, v.key_id, sealed.sealed, ${SCOPE} as scope_project_ids`;

/** What a statement reads by {@link STORED_SECRET}. */
export interface SecretRow {
  readonly secret_id: string;
  readonly current_name: string | null;
  readonly owner_component_id: string | null;
  readonly all_projects: boolean | null;
  readonly scope_project_ids: string[] | null;
  readonly expires_at: Date | null;
  readonly destinations: string[] | null;
  readonly destination_decisions: number | null;
  readonly version_id: string | null;
  readonly key_id: string | null;
  readonly sealed: Buffer | null;
}

/** The secret that a row of the joined query holds. What owns a value of its own is a component. */
export function storedSecretOf(row: SecretRow): StoredSecret {
  const ownerId = row.owner_component_id;
  const policy = {
    allProjects: row.all_projects === true,
    projectIds: row.scope_project_ids ?? [],
    expiresAt: row.expires_at,
    destinations: row.destinations ?? [],
  };
  return {
    id: row.secret_id,
    name: row.current_name,
    ownerId,
    sealedAs: ownerId === null ? 'secret-value' : 'component-value',
    ...policy,
    decisions: row.destination_decisions ?? 0,
    policyDigest: digestOf({ secretId: row.secret_id, componentId: ownerId, ...policy }),
    version: row.version_id === null || row.key_id === null ? undefined : { id: row.version_id, keyId: row.key_id },
    sealed: row.sealed ?? undefined,
  };
}

/** Computed when it is first asked for, and once: what was read does not change. It holds no sealed bytes. */
function digestOf(policy: Parameters<typeof secretDefinition>[0]): () => Definition['digest'] {
  let digest: Definition['digest'] | undefined;
  return () => {
    digest ??= secretDefinition(policy).digest;
    return digest;
  };
}
