import { listOwnInvitations } from '@holdfast/api';
import type { Client } from '@holdfast/sdk';
import { CommandError } from '@holdfast/terminal/report';

/** An invitation of the caller's own address, by the organization's name or its id. */
export async function findOwnInvitation(client: Client, organization: string) {
  const { items } = await client.call(listOwnInvitations, {});
  const found = items.find((each) => each.organization === organization || each.id === organization);
  if (found !== undefined) return found;
  throw new CommandError(`No invitation of “${organization}” waits for you.`, {
    code: 'not_found',
    remedy: 'holdfast invitation list --mine shows those that do.',
  });
}
