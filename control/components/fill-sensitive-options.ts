import { type EnvelopeBody, HoldfastError } from '@holdfast/api';
import { ownValueName } from '@holdfast/audit';
import {
  type ComponentType,
  conditionWords,
  isRequired,
  optionErrors,
  placesOf,
  type SensitiveInput,
  sensitiveOptions,
} from '@holdfast/configuration';
import { type Actor, deleteRows, secretDefinitions, type Tx } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import type { AuditEntry } from '../audit/record.ts';
import { acceptEnvelope, insertVersion } from '../secrets/envelope.ts';
import { nameInAnotherCase } from '../secrets/secret-not-found.ts';
import { lockUsability } from '../secrets/usability.ts';

export interface FilledComponent {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly type: ComponentType;
  /**
   * A caller who may list all secrets reads why one cannot be used; for others one that is out of scope does
   * not exist.
   */
  readonly seesAllSecrets: boolean;
}

/** What one place of an option is bound to, as it is saved. */
interface SavedBinding {
  readonly bindingId: string;
  readonly option: string;
  readonly reference: string;
  /** A component's own sealed value; it goes when something takes its place. */
  readonly ownSecretId: string | null;
}

/** What one place of an option is to be bound to. */
interface WantedBinding {
  readonly option: string;
  readonly reference: string;
  /** `null`: there is none of this name, and the component is to be saved as broken. */
  readonly secretId: string | null;
  readonly secretName: string | null;
}

type NamedBinding = WantedBinding & { readonly secretId: string; readonly secretName: string };

/**
 * Binds each sensitive option to what was sent for it: organization secrets by their names, a new own value,
 * what it has, or nothing. Answers what is to be recorded, and the ids of the new own values. Throws when a
 * secret does not exist (unless `missing` is `keep`) or may not be used in the project, and when a required
 * option stays empty.
 */
export async function fillSensitiveOptions(
  tx: Tx,
  component: FilledComponent,
  inputs: ReadonlyMap<string, SensitiveInput>,
  sealedOptions: Readonly<Record<string, EnvelopeBody>>,
  actor: Actor,
  missing: 'refuse' | 'keep' = 'refuse',
): Promise<{ readonly entries: readonly AuditEntry[]; readonly typed: readonly string[] }> {
  refuseUnknownOptions(component.type, sealedOptions);
  const saved = await findBindings(tx, component);
  const absent: WantedBinding[] = [];
  const keep = (place: Omit<WantedBinding, 'secretId'>) => void absent.push({ ...place, secretId: null });
  const named = await findNamedSecrets(tx, component, inputs, missing === 'keep' ? keep : undefined);
  const entries: AuditEntry[] = [];
  const wanted: WantedBinding[] = [];
  const kept = new Set<string>();
  const replacedOwn: string[] = [];
  const typed: string[] = [];
  for (const option of sensitiveOptions(component.type)) {
    const input = inputs.get(option) ?? { kind: 'unsaid' };
    const envelope = sealedOptions[option];
    const own = saved.find((binding) => binding.option === option && binding.ownSecretId !== null);
    if (envelope !== undefined) {
      if (input.kind === 'template') throw conflictingInputs(option);
      if (input.kind === 'hidden') throw hiddenOption(component.type, option);
      const accepted = await storeOwnValue(tx, component, option, envelope, actor, own?.ownSecretId ?? null);
      entries.push(accepted.entry);
      typed.push(accepted.secretId);
      wanted.push({ option, reference: '', secretId: accepted.secretId, secretName: null });
      if (own?.ownSecretId) replacedOwn.push(own.ownSecretId);
    } else if (input.kind === 'template') {
      wanted.push(...(named.get(option) ?? []), ...absent.filter((place) => place.option === option));
      entries.push(...removedOwnValue(component, own));
      if (own?.ownSecretId) replacedOwn.push(own.ownSecretId);
    } else if (input.kind === 'unsaid' && own !== undefined) {
      kept.add(own.bindingId);
    } else {
      if (isRequired(component.type, option) && input.kind !== 'hidden') throw missingValue(option);
      entries.push(...removedOwnValue(component, own));
      if (own?.ownSecretId) replacedOwn.push(own.ownSecretId);
    }
  }
  await writeBindings(
    tx,
    component,
    saved.filter(({ bindingId }) => !kept.has(bindingId)),
    wanted,
  );
  if (replacedOwn.length > 0) await deleteRows(tx, 'secret', component.organizationId, replacedOwn);
  return { entries, typed };
}

export function refuseUnknownOptions(type: ComponentType, sealedOptions: Readonly<Record<string, EnvelopeBody>>): void {
  const options = sensitiveOptions(type);
  const unknown = Object.keys(sealedOptions).filter((option) => !options.includes(option));
  if (unknown.length === 0) return;
  throw optionErrors(unknown.map((option) => ({ option: option.slice(0, 80), detail: 'This type has no such sensitive option.' })));
}

export function conflictingInputs(option: string): HoldfastError {
  return optionErrors([{ option, detail: 'It has both a reference and a sealed value; send one.' }]);
}

/** A value that was sealed for an option which the others hide. */
export function hiddenOption(type: ComponentType, option: string): HoldfastError {
  return optionErrors([{ option, detail: `It is used only while ${conditionWords(type, option)}. Send no value for it.` }]);
}

export function missingValue(option: string): HoldfastError {
  return optionErrors([{ option, detail: 'Choose an organization secret, or enter a value.' }]);
}

/** What the options of a component are bound to, as it is saved. */
export async function findBindings(
  tx: Tx,
  { organizationId, id }: Pick<FilledComponent, 'organizationId' | 'id'>,
): Promise<readonly SavedBinding[]> {
  const { rows } = await sql<SavedBinding>`
    select b.id as "bindingId", b.option, b.reference, s.id as "ownSecretId"
    from binding b
    left join secret s on s.organization_id = b.organization_id and s.id = b.secret_id and s.component_id = b.component_id
    where b.organization_id = ${organizationId} and b.component_id = ${id}`.execute(tx);
  return rows;
}

/**
 * The bindings that the names in a configuration make, by option. Each secret stays until the transaction
 * ends: it must not be deleted before its binding is there to be counted. Throws `secret_missing`, unless
 * `leave` takes those, or `secret_out_of_scope` for the first that may not be used. `fieldOf` names the field
 * of the request that an option stands in.
 */
export async function findNamedSecrets(
  tx: Tx,
  component: Pick<FilledComponent, 'organizationId' | 'projectId' | 'seesAllSecrets'>,
  inputs: ReadonlyMap<string, SensitiveInput>,
  leave?: (place: Omit<NamedBinding, 'secretId'>) => void,
  fieldOf: (option: string) => string = (option) => `configuration.${option}`,
): Promise<ReadonlyMap<string, readonly NamedBinding[]>> {
  const places = [...inputs].flatMap(([option, input]) => (input.kind === 'template' ? placesOf(option, input.template) : []));
  const found = await lockUsability(
    tx,
    component,
    places.map(({ secretName }) => secretName),
  );
  const bindings: NamedBinding[] = [];
  for (const { option, reference, secretName } of places) {
    const secret = found.get(secretName);
    const field = fieldOf(option);
    if (secret === undefined || (!secret.inScope && !component.seesAllSecrets)) {
      if (leave === undefined) throw await secretMissing(tx, component, secretName, field);
      leave({ option, reference, secretName });
      continue;
    }
    if (!secret.inScope) {
      throw new HoldfastError('secret_out_of_scope', `The secret “${secretName}” may not be used in this project.`, { field });
    }
    bindings.push({ option, reference, secretId: secret.id, secretName });
  }
  return Map.groupBy(bindings, ({ option }) => option);
}

async function secretMissing(
  tx: Tx,
  { organizationId, projectId, seesAllSecrets }: Pick<FilledComponent, 'organizationId' | 'projectId' | 'seesAllSecrets'>,
  secretName: string,
  field: string,
): Promise<HoldfastError> {
  if (seesAllSecrets) {
    const near = await nameInAnotherCase(tx, organizationId, secretName);
    const remedy = near === undefined ? {} : { remedy: `Did you mean “${near}”?` };
    return new HoldfastError('secret_missing', `There is no secret “${secretName}”.`, { field, ...remedy });
  }
  const near = await nameInAnotherCase(tx, organizationId, secretName, projectId);
  return new HoldfastError('secret_missing', `There is no secret “${secretName}” that this project may use.`, {
    field,
    remedy: near === undefined ? 'Choose one of the list, or ask an admin for it.' : `Did you mean “${near}”?`,
  });
}

async function storeOwnValue(
  tx: Tx,
  component: FilledComponent,
  option: string,
  sent: EnvelopeBody,
  actor: Actor,
  replaced: string | null,
): Promise<{ secretId: string; entry: AuditEntry }> {
  const { organizationId } = component;
  const envelope = await acceptEnvelope(tx, organizationId, sent, `sealedOptions.${option}`);
  await tx
    .insertInto('secret')
    .values({ organization_id: organizationId, id: envelope.secretId, name: null, component_id: component.id, created_by: actor })
    .execute();
  await insertVersion(tx, organizationId, envelope, actor);
  const entry: AuditEntry = {
    action: replaced === null ? 'secret.create' : 'secret.replace',
    target: { kind: 'secret', id: envelope.secretId, name: ownValueName(component.name), versionId: envelope.versionId },
    commitment: envelope.commitment,
    detail: { option, ...(replaced === null ? {} : { replaces: replaced }) },
    definitions: await secretDefinitions(tx, organizationId, [envelope.secretId]),
  };
  return { secretId: envelope.secretId, entry };
}

function removedOwnValue(component: FilledComponent, own: SavedBinding | undefined): AuditEntry[] {
  if (own?.ownSecretId == null) return [];
  return [{ action: 'secret.delete', target: { kind: 'secret', id: own.ownSecretId, name: ownValueName(component.name) } }];
}

/** Puts what is wanted in the place of what was saved. A place that stays keeps its id. */
async function writeBindings(
  tx: Tx,
  { organizationId, id }: FilledComponent,
  saved: readonly SavedBinding[],
  wanted: readonly WantedBinding[],
): Promise<void> {
  const placeOf = ({ option, reference }: Pick<WantedBinding, 'option' | 'reference'>) => JSON.stringify([option, reference]);
  const places = new Set(wanted.map(placeOf));
  const gone = saved.filter((binding) => !places.has(placeOf(binding))).map(({ bindingId }) => bindingId);
  if (gone.length > 0) await deleteRows(tx, 'binding', organizationId, gone);
  if (wanted.length === 0) return;
  await tx
    .insertInto('binding')
    .values(
      wanted.map(({ option, reference, secretId, secretName }) => ({
        organization_id: organizationId,
        id: uuidv7(),
        consumer_id: id,
        option,
        reference,
        secret_id: secretId,
        secret_name: secretName,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'consumer_id', 'option', 'reference'])
        .doUpdateSet((update) => ({ secret_id: update.ref('excluded.secret_id'), secret_name: update.ref('excluded.secret_name') })),
    )
    .execute();
}
