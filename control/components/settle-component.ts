import { type EnvelopeBody, may } from '@holdfast/api';
import type { SensitiveInput } from '@holdfast/configuration';
import { type Actor, componentDefinitions, mailWaitingDestinations, type Queue, type Tx } from '@holdfast/db/control';
import type { Organization } from '../accounts/membership.ts';
import type { AuditEntry } from '../audit/record.ts';
import { settleDestinations } from '../destinations/settle-destinations.ts';
import { findNamedSecrets } from '../secrets/find-named-secrets.ts';
import {
  type FilledComponent,
  fillSensitiveOptions,
  namedPlaces,
  refuseUnknownOptions,
  unusableOption,
  type WantedBinding,
} from './fill-sensitive-options.ts';

/** What somebody has saved: the row of the component holds its configuration already. */
export interface SavedConfiguration {
  readonly component: Pick<FilledComponent, 'id' | 'name' | 'type'> & { readonly projectId: string };
  readonly inputs: ReadonlyMap<string, SensitiveInput>;
  readonly sealedOptions: Readonly<Record<string, EnvelopeBody>>;
  readonly missingSecrets?: 'refuse' | 'keep' | undefined;
  readonly organization: Organization;
  readonly actor: Actor;
}

/**
 * What follows from saving a component: its sensitive options are bound, and where it sends them is approved
 * or asked for, by mail too. Answers what is to be recorded beside the save. Throws when a secret does not
 * exist (unless `missingSecrets` is `keep`) or may not be used in the project, and what filling throws.
 */
export async function settleComponent(
  tx: Tx,
  queue: Queue,
  { component: saved, inputs, sealedOptions, missingSecrets, organization, actor }: SavedConfiguration,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly definitions: Awaited<ReturnType<typeof componentDefinitions>> }> {
  const seesAllSecrets = may(organization.rights, 'secrets:read');
  const component = { ...saved, organizationId: organization.id, seesAllSecrets };
  refuseUnknownOptions(component.type, sealedOptions);
  const { found, unusable } = await findNamedSecrets(tx, component, namedPlaces(inputs));
  const refused = missingSecrets === 'keep' ? unusable.find(({ reason }) => reason !== 'secret_missing') : unusable[0];
  if (refused !== undefined) throw await unusableOption(tx, component, refused);
  const named: WantedBinding[] = [...found, ...unusable.map((place) => ({ ...place, secretId: null }))];
  const { entries, typed } = await fillSensitiveOptions(tx, component, inputs, named, sealedOptions, actor);
  const mayApprove = may(organization.rights, 'destinations:write');
  const settled = await settleDestinations(tx, { ...component, mayApprove, typed }, actor);
  await mailWaitingDestinations(tx, queue, organization.id, settled.requested, {
    by: actor.name,
    component: component.name,
    occasion: 'saved',
  });
  return {
    entries: [...entries, ...settled.entries],
    definitions: await componentDefinitions(tx, organization.id, [component.id]),
  };
}
