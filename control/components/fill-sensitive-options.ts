import type { EnvelopeBody, HoldfastError } from '@holdfast/api';
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
import { type NamedPlace, type SecretConsumer, type UnusablePlace, unusableSecret } from '../secrets/find-named-secrets.ts';

export interface FilledComponent {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly type: ComponentType;
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
export interface WantedBinding {
  readonly option: string;
  readonly reference: string;
  /** `null`: there is none of this name, and the component is to be saved as broken. */
  readonly secretId: string | null;
  readonly secretName: string | null;
}

/**
 * Binds each sensitive option to what was sent for it: organization secrets by their names, a new own value,
 * what it has, or nothing. Answers what is to be recorded, and the ids of the new own values. Throws when a
 * required option stays empty.
 *
 * @param named what the places of {@link namedPlaces} are to be bound to.
 */
export async function fillSensitiveOptions(
  tx: Tx,
  component: FilledComponent,
  inputs: ReadonlyMap<string, SensitiveInput>,
  named: readonly WantedBinding[],
  sealedOptions: Readonly<Record<string, EnvelopeBody>>,
  actor: Actor,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly typed: readonly string[] }> {
  const saved = await findBindings(tx, component);
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
      wanted.push(...named.filter((place) => place.option === option));
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

/** The places of a configuration that name a secret. */
export function namedPlaces(inputs: ReadonlyMap<string, SensitiveInput>): readonly NamedPlace[] {
  return [...inputs].flatMap(([option, input]) => (input.kind === 'template' ? placesOf(option, input.template) : []));
}

/** What refuses an option that names a secret which cannot be used. */
export function unusableOption(tx: Tx, component: SecretConsumer, place: UnusablePlace): Promise<HoldfastError> {
  return unusableSecret(tx, component, place, `configuration.${place.option}`);
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
