import { type EnvelopeBody, HoldfastError } from '@holdfast/api';
import { type ComponentType, isRequired, sensitiveOptions } from '@holdfast/connector/component-type';
import { type Actor, deleteRows, locking, secretDefinitions, type Tx } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { type RawBuilder, sql } from 'kysely';
import type { Happening } from '../audit/record.ts';
import { acceptEnvelope, insertVersion } from '../secrets/envelope.ts';
import { nameInAnotherCase } from '../secrets/secret-not-found.ts';
import { optionErrors, type SensitiveWish } from './check-configuration.ts';

export interface FilledComponent {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly type: ComponentType;
  /** Whoever may list all secrets hears why one cannot be used; for others one that is out of scope does not exist. */
  readonly seesAllSecrets: boolean;
}

interface BoundTo {
  readonly bindingId: string;
  /** A component's own sealed value; it goes when something takes its place. */
  readonly ownSecretId: string | null;
}

/**
 * Binds each sensitive option to what the caller wishes: an organization secret by its name, a new own value, what it has, or
 * nothing. Answers what is to be recorded. Throws when a secret does not exist or may not be used in the project, and when a required
 * option stays empty.
 */
export async function fillSensitiveOptions(
  tx: Tx,
  component: FilledComponent,
  wishes: ReadonlyMap<string, SensitiveWish>,
  sealedOptions: Readonly<Record<string, EnvelopeBody>>,
  actor: Actor,
): Promise<Happening[]> {
  refuseUnknownOptions(component.type, sealedOptions);
  const happenings: Happening[] = [];
  for (const option of sensitiveOptions(component.type)) {
    const wish = wishes.get(option) ?? { kind: 'unsaid' };
    const envelope = sealedOptions[option];
    const former = await findBinding(tx, component, option);
    if (envelope !== undefined) {
      if (wish.kind === 'reference') throw bothSent(option);
      happenings.push(await bindOwnValue(tx, component, option, former, envelope, actor));
    } else if (wish.kind === 'reference') {
      await bindSecret(tx, component, option, former, wish.secretName);
      happenings.push(...(await removeOwnValue(tx, component, former)));
    } else if (wish.kind === 'cleared' || former?.ownSecretId === null || former === undefined) {
      if (isRequired(component.type, option)) {
        throw leftEmpty(option);
      }
      if (former !== undefined) await deleteBinding(tx, component.organizationId, former.bindingId);
      happenings.push(...(await removeOwnValue(tx, component, former)));
    }
  }
  return happenings;
}

export function refuseUnknownOptions(type: ComponentType, sealedOptions: Readonly<Record<string, EnvelopeBody>>): void {
  const options = sensitiveOptions(type);
  const unknown = Object.keys(sealedOptions).filter((option) => !options.includes(option));
  if (unknown.length === 0) return;
  throw optionErrors(unknown.map((option) => ({ option: option.slice(0, 80), detail: 'This type has no such sensitive option.' })));
}

export function bothSent(option: string): HoldfastError {
  return optionErrors([{ option, detail: 'It has both a reference and a sealed value; send one.' }]);
}

export function leftEmpty(option: string): HoldfastError {
  return optionErrors([{ option, detail: 'Choose an organization secret, or enter a value.' }]);
}

/** What an option of a component is bound to, as it is saved. */
export async function findBinding(
  tx: Tx,
  { organizationId, id }: Pick<FilledComponent, 'organizationId' | 'id'>,
  option: string,
): Promise<BoundTo | undefined> {
  const { rows } = await sql<BoundTo>`
    select b.id as "bindingId", s.id as "ownSecretId"
    from binding b
    left join secret s on s.organization_id = b.organization_id and s.id = b.secret_id and s.component_id = b.component_id
    where b.organization_id = ${organizationId} and b.component_id = ${id} and b.option = ${option}`.execute(tx);
  return rows[0];
}

async function bindSecret(
  tx: Tx,
  component: FilledComponent,
  option: string,
  former: BoundTo | undefined,
  secretName: string,
): Promise<void> {
  const secretId = await findUsableSecret(tx, component, option, secretName);
  await writeBinding(tx, component, option, former, { secretId, secretName });
}

/** The id of the secret that an option names. It stays until the transaction ends. Throws `secret_missing` or `secret_out_of_scope`. */
export async function findUsableSecret(
  tx: Tx,
  { organizationId, projectId, seesAllSecrets }: Pick<FilledComponent, 'organizationId' | 'projectId' | 'seesAllSecrets'>,
  option: string,
  secretName: string,
): Promise<string> {
  locking(tx, 'secret');
  const secret = await tx
    .selectFrom('secret')
    .select(['id', inScopeOf(projectId).as('in_scope')])
    .where('organization_id', '=', organizationId)
    .where('name', '=', secretName)
    .$if(!seesAllSecrets, (select) => select.where(inScopeOf(projectId)))
    // It must not be deleted before the binding is there to be counted.
    .forKeyShare()
    .executeTakeFirst();
  const field = `configuration.${option}`;
  if (secret === undefined && !seesAllSecrets) {
    const near = await nameInAnotherCase(tx, organizationId, secretName, inScopeOf(projectId));
    throw new HoldfastError('secret_missing', `There is no secret “${secretName}” that this project may use.`, {
      field,
      remedy: near === undefined ? 'Choose one of the list, or ask an admin for it.' : `Did you mean “${near}”?`,
    });
  }
  if (secret === undefined) {
    const near = await nameInAnotherCase(tx, organizationId, secretName);
    throw new HoldfastError('secret_missing', `There is no secret “${secretName}”.`, {
      field,
      ...(near === undefined ? {} : { remedy: `Did you mean “${near}”?` }),
    });
  }
  if (!secret.in_scope) {
    throw new HoldfastError('secret_out_of_scope', `The secret “${secretName}” may not be used in this project.`, { field });
  }
  return secret.id;
}

function inScopeOf(projectId: string): RawBuilder<boolean> {
  return sql<boolean>`(secret.all_projects or exists (select from secret_scope x
    where x.organization_id = secret.organization_id and x.secret_id = secret.id and x.project_id = ${projectId}))`;
}

async function bindOwnValue(
  tx: Tx,
  component: FilledComponent,
  option: string,
  former: BoundTo | undefined,
  sent: EnvelopeBody,
  actor: Actor,
): Promise<Happening> {
  const { organizationId } = component;
  const envelope = await acceptEnvelope(tx, organizationId, sent, `sealedOptions.${option}`);
  await tx
    .insertInto('secret')
    .values({ organization_id: organizationId, id: envelope.secretId, name: null, component_id: component.id, created_by: actor })
    .execute();
  await insertVersion(tx, organizationId, envelope, actor);
  await writeBinding(tx, component, option, former, { secretId: envelope.secretId, secretName: null });
  const replaced = former?.ownSecretId ?? null;
  if (replaced !== null) await deleteSecret(tx, organizationId, replaced);
  return {
    action: replaced === null ? 'secret.create' : 'secret.replace',
    target: { kind: 'secret', id: envelope.secretId, name: calledOwnValueOf(component), versionId: envelope.versionId },
    commitment: envelope.commitment,
    detail: { option, ...(replaced === null ? {} : { replaces: replaced }) },
    definitions: await secretDefinitions(tx, organizationId, [envelope.secretId]),
  };
}

async function removeOwnValue(tx: Tx, component: FilledComponent, former: BoundTo | undefined): Promise<Happening[]> {
  const ownSecretId = former?.ownSecretId ?? null;
  if (ownSecretId === null) return [];
  await deleteSecret(tx, component.organizationId, ownSecretId);
  return [{ action: 'secret.delete', target: { kind: 'secret', id: ownSecretId, name: calledOwnValueOf(component) } }];
}

/** An own value has no name; the audit record calls it so. */
export function calledOwnValueOf({ name }: { readonly name: string }): string {
  return `own value of ${name}`;
}

async function writeBinding(
  tx: Tx,
  { organizationId, id }: FilledComponent,
  option: string,
  former: BoundTo | undefined,
  to: { readonly secretId: string; readonly secretName: string | null },
): Promise<void> {
  const columns = { secret_id: to.secretId, secret_name: to.secretName };
  if (former === undefined) {
    await tx
      .insertInto('binding')
      .values({ organization_id: organizationId, id: uuidv7(), component_id: id, option, ...columns })
      .execute();
    return;
  }
  await tx.updateTable('binding').set(columns).where('organization_id', '=', organizationId).where('id', '=', former.bindingId).execute();
}

async function deleteBinding(tx: Tx, organizationId: string, bindingId: string): Promise<void> {
  await deleteRows(tx, 'binding', organizationId, [bindingId]);
}

async function deleteSecret(tx: Tx, organizationId: string, secretId: string): Promise<void> {
  await deleteRows(tx, 'secret', organizationId, [secretId]);
}
