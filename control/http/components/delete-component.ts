import { deleteComponent, HoldfastError } from '@holdfast/api';
import { ownValueName } from '@holdfast/audit';
import { deleteRows, transaction } from '@holdfast/db/control';
import { record } from '../../audit/record.ts';
import { lockComponent } from '../../components/lock-component.ts';
import { requireRevision } from '../../if-match.ts';
import { implement } from '../implement.ts';

export const deleteComponentHandler = implement(deleteComponent, async ({ caller, headers, organization, origin, params }, { db }) => {
  await transaction(db, async (tx) => {
    const component = await lockComponent(tx, organization.id, params.project, params.component);
    requireRevision(component, headers['if-match']);
    const { id, name, projectName } = component;
    const workflows = await tx
      .selectFrom('workflow_component as used')
      .innerJoin('workflow', (join) =>
        join.onRef('workflow.organization_id', '=', 'used.organization_id').onRef('workflow.id', '=', 'used.workflow_id'),
      )
      .select('workflow.name')
      .where('used.organization_id', '=', organization.id)
      .where('used.component_id', '=', id)
      .orderBy('workflow.name')
      .execute();
    if (workflows.length > 0) {
      const names = workflows.map((workflow) => `“${workflow.name}”`).join(', ');
      throw new HoldfastError('component_in_use', `“${name}” is used by ${names}.`);
    }
    const ownValues = await tx
      .selectFrom('secret')
      .select('id')
      .where('organization_id', '=', organization.id)
      .where('component_id', '=', id)
      .execute();
    // Bindings, own sealed values and tests go with it.
    await deleteRows(tx, 'component', organization.id, [id]);
    const context = { project: projectName };
    await record(
      tx,
      organization.id,
      { caller, origin },
      {
        action: 'component.delete',
        target: { kind: 'component', id, name },
        context,
        definitions: [{ kind: 'component', id, digest: null }],
      },
      ...ownValues.map((own) => ({
        action: 'secret.delete' as const,
        target: { kind: 'secret', id: own.id, name: ownValueName(name) },
        context,
      })),
    );
  });
  return { status: 204 };
});
