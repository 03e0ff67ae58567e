import { decideSecretRequest, HoldfastError } from '@holdfast/api';
import { type Actor, locking, type Tx, transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { refuseCredential } from '../../secret-requests/refuse-credential.ts';
import { mailDecision } from '../../secret-requests/request-mails.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { lockUsability } from '../../secrets/usability.ts';
import { implement } from '../implement.ts';

interface Asked {
  readonly name: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly state: string;
  readonly askedBy: Actor;
  readonly secretName: string | null;
}

export const decideSecretRequestHandler = implement(
  decideSecretRequest,
  async ({ body, caller, organization, origin, params }, { db, queue, settings }) => {
    const actor = actorOf(caller);
    const reason = body.decision === 'decline' ? body.reason : '';
    refuseCredential('reason', reason);
    const state = body.decision === 'fulfil' ? 'fulfilled' : 'declined';
    await transaction(db, async (tx) => {
      const { name, projectId, projectName } = await findRequest(tx, organization.id, params.request);
      const secretName = body.decision === 'fulfil' ? (body.secretName ?? name) : null;
      if (secretName !== null) await requireUsable(tx, organization.id, projectId, secretName);
      const asked = await lockRequest(tx, organization.id, params.request);
      // The same answer once more, which a client sends when it did not hear of the first.
      if (asked.state === state && asked.secretName === secretName) return;
      if (asked.state !== 'waiting') {
        throw new HoldfastError('precondition_failed', `The request for “${name}” has been ${asked.state} meanwhile.`);
      }
      await tx
        .updateTable('secret_request')
        .set({ state, decided_at: sql`now()`, decided_by: actor, reason, secret_name: secretName })
        .where('organization_id', '=', organization.id)
        .where('id', '=', params.request)
        .execute();
      await mailDecision(tx, queue, organization, {
        askedBy: asked.askedBy,
        by: actor.name,
        name,
        secretName,
        reason,
        consoleUrl: settings.publicUrl,
      });
      await record(
        tx,
        organization.id,
        { caller, origin },
        {
          action: body.decision === 'fulfil' ? 'secret-request.fulfil' : 'secret-request.decline',
          target: { kind: 'secret-request', id: params.request, name },
          context: { project: projectName },
          detail: {
            askedBy: asked.askedBy.name,
            ...(secretName === null ? {} : { secret: secretName }),
            ...(reason === '' ? {} : { reason }),
          },
        },
      );
    });
    return { status: 204 };
  },
);

async function findRequest(tx: Tx, organizationId: string, id: string): Promise<Asked> {
  const { rows } = await sql<Asked>`
    select r.name, r.project_id as "projectId", p.name as "projectName", r.state, r.asked_by as "askedBy", r.secret_name as "secretName"
    from secret_request r join project p on p.organization_id = r.organization_id and p.id = r.project_id
    where r.organization_id = ${organizationId} and r.id = ${id}`.execute(tx);
  const [asked] = rows;
  if (asked === undefined) throw new HoldfastError('not_found', 'The organization has no such request.');
  return asked;
}

async function lockRequest(tx: Tx, organizationId: string, id: string): Promise<Asked> {
  locking(tx, 'secret request');
  await sql`select from secret_request where organization_id = ${organizationId} and id = ${id} for update`.execute(tx);
  return findRequest(tx, organizationId, id);
}

async function requireUsable(tx: Tx, organizationId: string, projectId: string, name: string): Promise<void> {
  const secret = (await lockUsability(tx, { organizationId, projectId }, [name])).get(name);
  if (secret === undefined) throw await secretNotFound(tx, organizationId, name);
  if (secret.inScope) return;
  throw new HoldfastError('secret_out_of_scope', `The secret “${name}” may not be used in the project that asks.`, {
    field: 'secretName',
    remedy: 'Add the project to the scope of the secret first, or name another secret.',
  });
}
