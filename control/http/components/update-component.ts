import { HoldfastError, updateComponent } from '@holdfast/api';
import { checkConfiguration, configuredDestinations } from '@holdfast/configuration';
import { transaction } from '@holdfast/db/control';
import { actorOf, requestHash } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { componentTypeOf } from '../../components/component-types.ts';
import { lockComponent } from '../../components/lock-component.ts';
import { readComponent } from '../../components/read-components.ts';
import { settleComponent } from '../../components/settle-component.ts';
import { changedMeanwhile, requireRevision } from '../../if-match.ts';
import { refuseTakenName } from '../../projects/name-taken.ts';
import { refuseReplayed } from '../../secrets/envelope.ts';
import { tagRevision } from '../etag.ts';
import { implement } from '../implement.ts';

export const updateComponentHandler = implement(
  updateComponent,
  async ({ body, caller, headers, organization, origin, params, reply }, { db, queue }) => {
    const actor = actorOf(caller);
    const hash = requestHash(body);
    const save = () =>
      transaction(db, async (tx) => {
        const former = await lockComponent(tx, organization.id, params.project, params.component);
        const { id, revision, projectName } = former;
        if (revision === body.revision + 1 && former.requestHash?.equals(hash) === true) return;
        requireRevision(former, headers['if-match']);
        if (revision !== body.revision) throw changedMeanwhile(former, body.revision, 'revision');
        const type = componentTypeOf(former.type);
        if (type === undefined) throw new HoldfastError('option_invalid', 'This Holdfast does not know the type of the component.');
        const { configuration, inputs } = checkConfiguration(type, body.configuration, {
          plainOptions: body.plainOptions,
          sealedOptions: body.sealedOptions,
          stored: former.configuration,
        });
        await tx
          .updateTable('component')
          .set({
            name: body.name,
            configuration: JSON.stringify(configuration),
            destinations: configuredDestinations(type, configuration),
            revision: revision + 1,
            updated_at: sql`now()`,
            updated_by: actor,
            request_hash: hash,
          })
          .where('organization_id', '=', organization.id)
          .where('id', '=', id)
          .execute();
        const { entries, definitions } = await settleComponent(tx, queue, {
          component: { id, name: body.name, projectId: params.project, type },
          inputs,
          sealedOptions: body.sealedOptions,
          organization,
          actor,
        });
        const context = { project: projectName, component: body.name };
        const detail = { revision: revision + 1, ...(former.name === body.name ? {} : { renamedFrom: former.name }) };
        await record(
          tx,
          organization.id,
          { caller, origin },
          { action: 'component.update', target: { kind: 'component', id, name: body.name }, context, detail, definitions },
          ...entries.map((entry) => ({ ...entry, context })),
        );
      });
    await refuseTakenName('component_name', body.name, () => refuseReplayed(save));
    const component = await readComponent(db, organization.id, params.project, params.component);
    tagRevision(reply, component);
    return { status: 200, body: component };
  },
);
