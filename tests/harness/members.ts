import { type Account, apiOf, signIn } from './account.ts';
import { holdfast } from './command-line.ts';
import type { Instance } from './instance.ts';

export interface MemberAccount {
  name: string;
  email: string;
  password: string;
}

/** A member with this role, who made their account by the operator's link. */
export async function addMember(instance: Instance, account: Account, home: string, name: string, role: string): Promise<MemberAccount> {
  const person = { name, email: `${role}@example.com`, password: `a sentence of the ${role}` };
  const { id } = await account.call<{ id: string }>('POST', account.at('/invitations'), { email: person.email, role });
  const made = await holdfast(['account', 'link', person.email, '--json'], {
    home,
    environment: { HOLDFAST_HOME: instance.home, HOLDFAST_PUBLIC_URL: instance.controlUrl },
  });
  const { link } = JSON.parse(made.stdout) as { link: string };
  const api = apiOf(instance.controlUrl);
  await api.call('POST', '/api/account-links/use', { token: link.split('#')[1], name, password: person.password });
  await (await signIn(instance.controlUrl, person)).call('POST', `/api/invitations/${id}/accept`);
  return person;
}
