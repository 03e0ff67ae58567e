import { randomBytes } from 'node:crypto';
import {
  appendAudit,
  hashToken,
  SIGNING_SECRET,
  type TriggerConfiguration,
  transaction,
  triggerDefinitions,
  type WorkflowSource,
} from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { ACTOR, type TestInstance, type TestOrganization, type TestSecret } from './instance.ts';

/** A workflow with one source and one step, published as the control plane does it. */
export async function testWorkflow(
  { control }: TestInstance,
  organization: TestOrganization,
  componentId: string,
  source: WorkflowSource = { name: 'upload', kind: 'upload' },
): Promise<string> {
  const id = uuidv7();
  const place = { organization_id: organization.id };
  const name = `Workflow ${randomBytes(4).toString('hex')}`;
  await control
    .insertInto('workflow')
    .values({ ...place, id, project_id: organization.projectId, name, created_by: ACTOR })
    .execute();
  await publish({ control }, organization, id, componentId, source);
  return id;
}

/** One more version of it. */
export async function publish(
  { control }: Pick<TestInstance, 'control'>,
  organization: TestOrganization,
  workflowId: string,
  componentId: string,
  source: WorkflowSource,
): Promise<void> {
  const definition = { sources: [source], steps: [{ id: uuidv7(), componentId, name: 'publish', input: null }] };
  const { number } = await control
    .selectFrom('workflow_version')
    .select((select) => select.fn.coalesce(select.fn.max('number'), select.lit(0)).as('number'))
    .where('workflow_id', '=', workflowId)
    .executeTakeFirstOrThrow();
  await control
    .insertInto('workflow_version')
    .values({
      organization_id: organization.id,
      workflow_id: workflowId,
      number: number + 1,
      definition: JSON.stringify(definition),
      components: '{}',
      published_by: ACTOR,
    })
    .execute();
}

interface TriggerChanges {
  readonly secret?: TestSecret;
  readonly token?: string;
  readonly expiresAt?: Date;
  readonly enabled?: boolean;
  /** Nothing of it is on the record. */
  readonly unstated?: true;
}

/** A trigger, as the control plane saves it. */
export async function testTrigger(
  instance: TestInstance,
  organization: TestOrganization,
  workflowId: string,
  configuration: TriggerConfiguration,
  { secret, token, expiresAt, enabled = true, unstated }: TriggerChanges = {},
): Promise<string> {
  const id = uuidv7();
  const { control } = instance;
  await control
    .insertInto('workflow_trigger')
    .values({
      organization_id: organization.id,
      id,
      workflow_id: workflowId,
      kind: configuration.kind,
      name: `Trigger ${id.slice(-6)}`,
      enabled,
      configuration: JSON.stringify(configuration),
      token_hash: token === undefined ? null : hashToken(token),
      token_expires_at: expiresAt ?? null,
      created_by: ACTOR,
      updated_by: ACTOR,
    })
    .execute();
  if (secret !== undefined) {
    await control
      .insertInto('binding')
      .values({
        organization_id: organization.id,
        id: uuidv7(),
        consumer_kind: 'trigger',
        consumer_id: id,
        option: SIGNING_SECRET,
        secret_id: secret.id,
        secret_name: secret.name,
      })
      .execute();
  }
  if (unstated !== true) await stateTrigger(instance, organization, id);
  return id;
}

/** States what a trigger is now, as the control plane does with each change. */
export async function stateTrigger({ control }: TestInstance, organization: TestOrganization, id: string): Promise<void> {
  await transaction(control, async (tx) =>
    appendAudit(tx, organization.id, [
      {
        action: 'trigger.update',
        actor: JSON.parse(ACTOR),
        outcome: 'success',
        target: { kind: 'trigger', id, name: 'changed' },
        definitions: await triggerDefinitions(tx, organization.id, [id]),
      },
    ]),
  );
}

/** What is known of a trigger, and the runs of its workflow. */
export async function firedBy({ owner }: TestInstance, id: string) {
  const state = await owner.selectFrom('trigger_state').selectAll().where('trigger_id', '=', id).executeTakeFirst();
  const all = await owner.selectFrom('run').selectAll().orderBy('sequence').execute();
  return { state, runs: all.filter(({ started_by }) => started_by.id === id) };
}
