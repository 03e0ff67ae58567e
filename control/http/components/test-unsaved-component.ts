import { HoldfastError, may, testUnsavedComponent } from '@holdfast/api';
import { componentTestDefinition } from '@holdfast/audit';
import { checkConfiguration, configuredDestinations } from '@holdfast/configuration';
import { insertUnread, transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { endUnsavedTest, removeAbandonedTests, waitForAnswer } from '../../components/component-tests.ts';
import { componentTypeOf } from '../../components/component-types.ts';
import { draftSensitiveOptions } from '../../components/draft-options.ts';
import { readComponent } from '../../components/read-components.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { implement } from '../implement.ts';

/**
 * Everything that saving checks is checked, nothing of a component is stored, and the record says what is
 * tried with which values before the data plane may open any (docs/decisions/0026).
 */
export const testUnsavedComponentHandler = implement(
  testUnsavedComponent,
  async ({ body, caller, organization, origin, params, request }, { db, queue }) => {
    const id = uuidv7();
    const actor = actorOf(caller);
    // As it is stored, and as the data plane states it.
    const componentId = body.componentId?.toLowerCase() ?? null;
    await transaction(db, async (tx) => {
      const project = await requireProject(tx, organization.id, params.project);
      const saved = componentId === null ? undefined : await readComponent(tx, organization.id, params.project, componentId);
      const type = componentTypeOf(body.type);
      if (type === undefined || (saved !== undefined && saved.type !== body.type)) {
        throw new HoldfastError('option_invalid', 'There is no such component type.', { field: 'type' });
      }
      const { configuration, inputs } = checkConfiguration(type, body.configuration, {
        plainOptions: body.plainOptions,
        sealedOptions: body.sealedOptions,
        ...(saved === undefined ? {} : { stored: saved.configuration }),
      });
      const component = {
        organizationId: organization.id,
        projectId: project.id,
        type,
        seesAllSecrets: may(organization.rights, 'secrets:read'),
        componentId: saved?.id,
      };
      const { bindings, values } = await draftSensitiveOptions(tx, component, inputs, body.sealedOptions);
      // For this test alone: by who may approve it for a secret, or has typed the value.
      const named = may(organization.rights, 'destinations:write') ? [...bindings, ...values] : values;
      const approved = configuredDestinations(type, configuration).flatMap((destination) =>
        named.map(({ secretId }) => ({ secretId, destination })),
      );
      const draft = { projectId: project.id, name: body.name, type: type.type, configuration, bindings, approved };
      await tx
        .insertInto('component_test')
        .values({
          organization_id: organization.id,
          id,
          component_id: componentId,
          draft: JSON.stringify(draft),
          requested_by: actor,
          answer: null,
        })
        .execute();
      for (const { option, secretId, versionId, keyId, sealed } of values) {
        await insertUnread(tx, 'component_test_value', {
          organization_id: organization.id,
          test_id: id,
          option,
          secret_id: secretId,
          version_id: versionId,
          key_id: keyId,
          sealed,
        });
      }
      await queue.send(tx, 'component-test', { organizationId: organization.id, testId: id });
      // Here, since it writes to the record: what is locked above comes before the record's head.
      await removeAbandonedTests(tx, organization.id);
      const stated = componentTestDefinition({
        testId: id,
        componentId,
        projectId: project.id,
        type: type.type,
        configuration,
        bindings,
        approved,
        values: values.map(({ option, secretId, commitment }) => ({ option, secretId, ...commitment })),
      });
      await record(
        tx,
        organization.id,
        { caller, origin },
        {
          action: 'component.test',
          outcome: 'intent',
          target: { kind: 'component', id: componentId ?? id, name: body.name },
          context: { project: project.name },
          detail: { saved: false, ...(approved.length === 0 ? {} : { destinations: destinationsIn(approved) }) },
          definitions: [stated],
        },
      );
    });
    let passed = false;
    try {
      const asked = { organizationId: organization.id, id, name: body.name };
      const answer = await waitForAnswer(db, asked, () => request.raw.socket.destroyed);
      passed = answer.passed;
      return { status: 200, body: answer };
    } finally {
      await endUnsavedTest(db, organization.id, { id, componentId, name: body.name, actor, passed });
    }
  },
);

function destinationsIn(approved: readonly { readonly destination: string }[]): readonly string[] {
  return [...new Set(approved.map(({ destination }) => destination))];
}
