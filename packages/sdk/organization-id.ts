import { getSession } from '@holdfast/api';
import { isUuid } from '@holdfast/envelope';
import { otherOrganization } from '@holdfast/seal';
import type { Client } from './client.ts';
import type { Pins } from './pins.ts';

/**
 * The id of the organization that is meant, which a sealing key must be for. It is what is known beside the
 * server's answer: what the caller says, an id in place of a short name, the id inside the access token, and
 * what was pinned. All that are there must agree. Only where nothing is known yet, the session says it; that
 * is then pinned with the first key.
 *
 * @throws SealingKeyError `sealing_key_of_another_organization` when they disagree.
 * @throws ProblemError when the session has to be asked and the server refuses.
 */
export async function expectedOrganizationId(
  client: Client,
  organization: string,
  pins: Pins,
  given?: string | undefined,
): Promise<string> {
  const known = [
    given,
    isUuid(organization) ? organization : undefined,
    client.organizationId,
    pins.read(client.url)?.organizations?.[organization],
  ].flatMap((id) => (id === undefined ? [] : [id.toLowerCase()]));
  const [first] = known;
  if (first !== undefined) {
    if (known.some((id) => id !== first)) throw otherOrganization();
    return first;
  }
  const { organizations } = await client.call(getSession, {});
  const id = organizations.find(({ slug }) => slug === organization)?.id;
  if (id === undefined) throw otherOrganization();
  return id;
}
