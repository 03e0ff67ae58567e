import { HoldfastError, requestSecret } from '@holdfast/api';
import { sensitiveOptions } from '@holdfast/configuration';
import { type Tx, transaction } from '@holdfast/db/control';
import { actorOf, invalid, requireUser } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { componentTypeOf } from '../../components/component-types.ts';
import { requireProject } from '../../projects/read-projects.ts';
import { isUsable, readRequests } from '../../secret-requests/read-requests.ts';
import { refuseCredential } from '../../secret-requests/refuse-credential.ts';
import { mailWaitingRequest } from '../../secret-requests/request-mails.ts';
import { implement } from '../implement.ts';

/** Of one person in one organization: what waits is read by people. */
const WAITING_MAXIMUM = 50;

export const requestSecretHandler = implement(requestSecret, async ({ body, caller, organization, origin, params }, { db, queue }) => {
  refuseCredential('note', body.note);
  const actor = actorOf(caller);
  const id = uuidv7();
  const { id: userId } = requireUser(caller).user;
  await transaction(db, async (tx) => {
    const project = await requireProject(tx, organization.id, params.project);
    const type = componentTypeOf(body.componentType);
    if (type === undefined || !sensitiveOptions(type).includes(body.option)) {
      throw invalid([{ field: 'option', detail: 'There is no such sensitive option of such a component type.' }]);
    }
    await requireComponent(tx, organization.id, project.id, body.componentId);
    if (await isUsable(tx, organization.id, project.id, body.name)) {
      throw new HoldfastError('name_taken', `There is a secret “${body.name}” that this project may use.`, {
        field: 'name',
        remedy: 'Choose it in the list, or ask for another name.',
      });
    }
    await requireRoom(tx, organization.id, userId);
    const { rows } = await sql`
        insert into secret_request (organization_id, id, name, project_id, component_id, component_type, option, note, state, asked_by)
        values (${organization.id}, ${id}, ${body.name}, ${project.id}, ${body.componentId ?? null}, ${body.componentType}, ${body.option},
          ${body.note}, 'waiting', ${JSON.stringify(actor)}::jsonb)
        on conflict (organization_id, project_id, lower(name)) where state = 'waiting' do nothing
        returning 1`.execute(tx);
    if (rows.length === 0) {
      throw new HoldfastError('name_taken', `“${body.name}” is asked for already in this project.`, {
        field: 'name',
        remedy: 'Wait for the answer of an owner or admin, or ask for another name.',
      });
    }
    await mailWaitingRequest(tx, queue, organization.id, { name: body.name, by: actor.name, project: project.name });
    // The note is not on the record, from which nothing can be taken out again.
    await record(
      tx,
      organization.id,
      { caller, origin },
      {
        action: 'secret-request.create',
        target: { kind: 'secret-request', id, name: body.name },
        context: { project: project.name },
        detail: { type: body.componentType, option: body.option },
      },
    );
  });
  const [made] = await readRequests(db, organization.id, { sees: 'own', userId }, sql`r.id = ${id}`, 1);
  if (made === undefined) throw new HoldfastError('not_found', 'The request was removed meanwhile.');
  return { status: 201, body: made };
});

async function requireComponent(tx: Tx, organizationId: string, projectId: string, componentId: string | undefined): Promise<void> {
  if (componentId === undefined) return;
  const found = await tx
    .selectFrom('component')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
    .where('id', '=', componentId)
    .executeTakeFirst();
  if (found === undefined) throw new HoldfastError('not_found', 'The project has no such component.', { field: 'componentId' });
}

async function requireRoom(tx: Tx, organizationId: string, userId: string): Promise<void> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from secret_request
    where organization_id = ${organizationId} and state = 'waiting' and asked_by ->> 'id' = ${userId}`.execute(tx);
  const waiting = rows[0]?.waiting ?? 0;
  if (waiting < WAITING_MAXIMUM) return;
  throw new HoldfastError('quota_exceeded', `${waiting} requests of yours wait for an answer, which is the limit.`, {
    remedy: 'Withdraw those that you no longer need, or wait for an answer.',
  });
}
