import { createComponent, HoldfastError } from '@holdfast/api';
import { checkConfiguration, configuredDestinations } from '@holdfast/configuration';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { componentTypeOf } from '../../components/component-types.ts';
import { requireRoomFor } from '../../components/limits.ts';
import { readComponent } from '../../components/read-components.ts';
import { settleComponent } from '../../components/settle-component.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { refuseReplayed } from '../../secrets/envelope.ts';
import { implement } from '../implement.ts';

export const createComponentHandler = implement(createComponent, async ({ body, caller, organization, origin, params }, { db, queue }) => {
  const id = uuidv7();
  const actor = actorOf(caller);
  const save = () =>
    transaction(db, async (tx) => {
      await requireRoomFor(tx, organization.id, 'component');
      const project = await requireProject(tx, organization.id, params.project);
      const type = componentTypeOf(body.type);
      if (type === undefined) throw new HoldfastError('option_invalid', 'There is no such component type.', { field: 'type' });
      const { configuration, inputs } = checkConfiguration(type, body.configuration, {
        plainOptions: body.plainOptions,
        sealedOptions: body.sealedOptions,
      });
      await tx
        .insertInto('component')
        .values({
          organization_id: organization.id,
          id,
          project_id: project.id,
          name: body.name,
          type: type.type,
          configuration: JSON.stringify(configuration),
          destinations: configuredDestinations(type, configuration),
          created_by: actor,
          updated_by: actor,
        })
        .execute();
      const { entries, definitions } = await settleComponent(tx, queue, {
        component: { id, name: body.name, projectId: project.id, type },
        inputs,
        sealedOptions: body.sealedOptions,
        missingSecrets: body.missingSecrets,
        organization,
        actor,
      });
      const context = { project: project.name, component: body.name };
      await record(
        tx,
        organization.id,
        { caller, origin },
        {
          action: 'component.create',
          target: { kind: 'component', id, name: body.name },
          context,
          detail: { type: type.type },
          definitions,
        },
        ...entries.map((entry) => ({ ...entry, context })),
      );
    });
  await refuseTakenName('component_name', body.name, () => refuseReplayed(save));
  return { status: 201, body: await readComponent(db, organization.id, params.project, id) };
});
