import { createComponent, HoldfastError, may } from '@holdfast/api';
import { checkConfiguration, configuredDestinations } from '@holdfast/configuration';
import { componentDefinitions, transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { componentTypeOf } from '../../components/component-types.ts';
import { fillSensitiveOptions } from '../../components/fill-sensitive-options.ts';
import { requireRoomFor } from '../../components/limits.ts';
import { readComponent } from '../../components/read-components.ts';
import { mailRequests } from '../../destinations/request-mail.ts';
import { settleDestinations } from '../../destinations/settle-destinations.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { refuseReplayed } from '../../secrets/envelope.ts';
import { implement } from '../implement.ts';

export const createComponentHandler = implement(
  createComponent,
  async ({ body, caller, organization, origin, params }, { db, queue, settings }) => {
    const id = uuidv7();
    const actor = actorOf(caller);
    const save = () =>
      transaction(db, async (tx) => {
        await requireRoomFor(tx, organization.id, 'component');
        const project = await requireProject(tx, organization.id, params.project);
        const type = componentTypeOf(body.type);
        if (type === undefined) throw new HoldfastError('option_invalid', 'There is no such component type.', { field: 'type' });
        const { configuration, inputs } = checkConfiguration(type, body.configuration, { plainOptions: body.plainOptions });
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
        const component = {
          organizationId: organization.id,
          id,
          name: body.name,
          projectId: project.id,
          type,
          seesAllSecrets: may(organization.rights, 'secrets:read'),
        };
        const { entries, typed } = await fillSensitiveOptions(tx, component, inputs, body.sealedOptions, actor, body.missingSecrets);
        const mayApprove = may(organization.rights, 'destinations:write');
        const settled = await settleDestinations(tx, { ...component, mayApprove, typed }, actor);
        await mailRequests(tx, queue, organization, {
          requested: settled.requested,
          by: actor.name,
          component: body.name,
          consoleUrl: settings.publicUrl,
        });
        const definitions = await componentDefinitions(tx, organization.id, [id]);
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
          ...[...entries, ...settled.entries].map((entry) => ({ ...entry, context })),
        );
      });
    await refuseTakenName('component_name', body.name, () => refuseReplayed(save));
    return { status: 201, body: await readComponent(db, organization.id, params.project, id) };
  },
);
