import { HoldfastError, type Usability } from '@holdfast/api';
import type { BoundPlace } from '@holdfast/configuration';
import type { Tx } from '@holdfast/db/control';
import { nameInAnotherCase } from './secret-not-found.ts';
import { lockUsability } from './usability.ts';

/** Of what is to use secrets, and who says so. */
export interface SecretConsumer {
  readonly organizationId: string;
  readonly projectId: string;
  /**
   * A caller who may list all secrets reads why one cannot be used; for others one that is out of scope does
   * not exist.
   */
  readonly seesAllSecrets: boolean;
}

/** A place that names a secret. */
export interface NamedPlace extends BoundPlace {
  readonly secretName: string;
}

export interface FoundPlace extends NamedPlace {
  readonly secretId: string;
}

/** A place whose secret does not exist for the caller, or may not be used in the project. */
export interface UnusablePlace extends NamedPlace {
  readonly reason: Extract<Usability, 'secret_missing' | 'secret_out_of_scope'>;
}

/**
 * The secrets of these names, each list in the order of the places. A secret that is found stays until the
 * transaction ends: it must not be deleted before its binding is there to be counted.
 */
export async function findNamedSecrets(
  tx: Tx,
  consumer: SecretConsumer,
  places: readonly NamedPlace[],
): Promise<{ readonly found: readonly FoundPlace[]; readonly unusable: readonly UnusablePlace[] }> {
  const secrets = await lockUsability(
    tx,
    consumer,
    places.map(({ secretName }) => secretName),
  );
  const found: FoundPlace[] = [];
  const unusable: UnusablePlace[] = [];
  for (const place of places) {
    const secret = secrets.get(place.secretName);
    if (secret?.inScope) found.push({ ...place, secretId: secret.id });
    else {
      const isKnown = secret !== undefined && consumer.seesAllSecrets;
      unusable.push({ ...place, reason: isKnown ? 'secret_out_of_scope' : 'secret_missing' });
    }
  }
  return { found, unusable };
}

/**
 * What refuses a place. A name that differs in case only is offered.
 *
 * @param field of the request, in which the name stands.
 */
export async function unusableSecret(
  tx: Tx,
  { organizationId, projectId, seesAllSecrets }: SecretConsumer,
  { secretName, reason }: UnusablePlace,
  field: string,
): Promise<HoldfastError> {
  if (reason === 'secret_out_of_scope') {
    return new HoldfastError('secret_out_of_scope', `The secret “${secretName}” may not be used in this project.`, { field });
  }
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
