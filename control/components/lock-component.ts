import { locking, type Tx } from '@holdfast/db/control';
import type { Revised } from '../if-match.ts';
import { componentNotFound } from './read-components.ts';

export interface LockedComponent extends Revised {
  readonly id: string;
  readonly type: string;
  /** As it is stored. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly projectName: string;
  /** Of the request that saved it last. */
  readonly requestHash: Buffer | null;
}

/** Keeps other changes of the component waiting until the transaction ends. Throws `not_found`. */
export async function lockComponent(tx: Tx, organizationId: string, projectId: string, componentId: string): Promise<LockedComponent> {
  locking(tx, 'component');
  const component = await tx
    .selectFrom('component')
    .innerJoin('project', (join) =>
      join.onRef('project.organization_id', '=', 'component.organization_id').onRef('project.id', '=', 'component.project_id'),
    )
    .select([
      'component.id',
      'component.name',
      'component.type',
      'component.revision',
      'component.configuration',
      'component.updated_at as updatedAt',
      'component.updated_by as updatedBy',
      'component.request_hash as requestHash',
      'project.name as projectName',
    ])
    .where('component.organization_id', '=', organizationId)
    .where('component.project_id', '=', projectId)
    .where('component.id', '=', componentId)
    .forUpdate('component')
    .executeTakeFirst();
  if (component === undefined) throw componentNotFound();
  return component;
}
