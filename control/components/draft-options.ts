import type { EnvelopeBody } from '@holdfast/api';
import { HoldfastError } from '@holdfast/api';
import { type ComponentType, isRequired, type SensitiveInput, sensitiveOptions } from '@holdfast/configuration';
import type { ComponentDraft, Tx } from '@holdfast/db/control';
import { type AcceptedEnvelope, acceptEnvelope } from '../secrets/envelope.ts';
import { findNamedSecrets, type SecretConsumer } from '../secrets/find-named-secrets.ts';
import {
  conflictingInputs,
  findBindings,
  hiddenOption,
  missingValue,
  namedPlaces,
  refuseUnknownOptions,
  unusableOption,
} from './fill-sensitive-options.ts';

export interface DraftedComponent extends SecretConsumer {
  readonly type: ComponentType;
  /** The saved component that is being changed. */
  readonly componentId: string | undefined;
}

export interface DraftOptions {
  /** Secrets that are stored already. */
  readonly bindings: ComponentDraft['bindings'];
  /** Values that were sealed by the caller, for this component, and are not stored as its own. */
  readonly values: readonly (AcceptedEnvelope & { readonly option: string })[];
}

/**
 * What would fill each sensitive option of a component if it were saved, by the rules of saving; nothing is
 * stored. Throws what saving throws.
 */
export async function draftSensitiveOptions(
  tx: Tx,
  component: DraftedComponent,
  inputs: ReadonlyMap<string, SensitiveInput>,
  sealedOptions: Readonly<Record<string, EnvelopeBody>>,
): Promise<DraftOptions> {
  const { organizationId, componentId, type } = component;
  refuseUnknownOptions(type, sealedOptions);
  const saved = componentId === undefined ? [] : await findBindings(tx, { organizationId, id: componentId });
  const { found, unusable } = await findNamedSecrets(tx, component, namedPlaces(inputs));
  const [refused] = unusable;
  if (refused !== undefined) throw await unusableOption(tx, component, refused);
  const bindings: ComponentDraft['bindings'] = [];
  const values: (AcceptedEnvelope & { option: string })[] = [];
  for (const option of sensitiveOptions(type)) {
    const input = inputs.get(option) ?? { kind: 'unsaid' };
    const envelope = sealedOptions[option];
    if (envelope !== undefined) {
      if (input.kind === 'template') throw conflictingInputs(option);
      if (input.kind === 'hidden') throw hiddenOption(type, option);
      const accepted = await acceptEnvelope(tx, organizationId, envelope, `sealedOptions.${option}`);
      await refuseStored(tx, organizationId, accepted.secretId, option);
      values.push({ ...accepted, option });
    } else if (input.kind === 'template') {
      bindings.push(...found.filter((place) => place.option === option));
    } else {
      const own = saved.find((binding) => binding.option === option && binding.ownSecretId !== null);
      if (input.kind === 'unsaid' && own?.ownSecretId)
        bindings.push({ option, reference: '', secretId: own.ownSecretId, secretName: null });
      else if (isRequired(type, option) && input.kind !== 'hidden') throw missingValue(option);
    }
  }
  return { bindings, values };
}

/** A value that is stored, and for whom, is not the caller's to try: saving would refuse it too. */
async function refuseStored(tx: Tx, organizationId: string, secretId: string, option: string): Promise<void> {
  const stored = await tx
    .selectFrom('secret')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', secretId)
    .executeTakeFirst();
  if (stored === undefined) return;
  throw new HoldfastError('envelope_invalid', 'The envelope was stored before; its ids cannot be used again.', {
    field: `sealedOptions.${option}`,
    remedy: 'Seal the value again: sealing makes new ids.',
  });
}
