import type { SeenSealingKey } from '@holdfast/seal';

/** What was trusted at one address. */
export interface Pin {
  /** The data plane's signing key, base64url. */
  readonly signingKey?: string;
  /** The id of each organization that was worked in, by its short name. */
  readonly organizations?: Readonly<Record<string, string>>;
  /** The newest sealing key that was seen of each organization, by its id. */
  readonly sealingKeys?: Readonly<Record<string, SeenSealingKey>>;
}

/**
 * What was trusted before, by the address of the server. Not by the id of the instance: a server that was
 * taken over could show another id with a key of its own. A browser keeps it in its storage, which is the
 * address's own, the command line in the profile of `holdfast login`.
 */
export interface Pins {
  read(url: string): Pin | undefined;
  write(url: string, pin: Pin): void;
}

/** Adds an organization to what is trusted at an address, or the id that its short name stands for now. */
export function pinOrganization(pins: Pins, url: string, organization: { readonly slug: string; readonly id: string }): void {
  const pin = pins.read(url);
  if (pin?.organizations?.[organization.slug] === organization.id) return;
  pins.write(url, { ...pin, organizations: { ...pin?.organizations, [organization.slug]: organization.id } });
}

/** Remembers a sealing key, unless a newer one is remembered by now. */
export function pinSealingKey(pins: Pins, url: string, organizationId: string, { generation, keyId }: SeenSealingKey): void {
  const pin = pins.read(url);
  const seen = pin?.sealingKeys?.[organizationId];
  if (seen !== undefined && seen.generation >= generation) return;
  pins.write(url, { ...pin, sealingKeys: { ...pin?.sealingKeys, [organizationId]: { generation, keyId } } });
}
