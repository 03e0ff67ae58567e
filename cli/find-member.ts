import { listMembers, type Member } from '@holdfast/api';
import { counted } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import type { Workplace } from './connection.ts';
import { notFound } from './lookup.ts';

/** By e-mail address, name or id. */
export async function findMember({ client, slug }: Workplace, who: string): Promise<Member> {
  const { items } = await client.call(listMembers, { params: { organization: slug } });
  const found = items.filter(({ email, id, name }) => email === who.toLowerCase() || name === who || id === who);
  const [member] = found;
  if (member === undefined)
    throw notFound(
      'member',
      who,
      items.map(({ email }) => email),
    );
  if (found.length > 1) throw usageError(`${counted(found.length, 'member')} have the name “${who}”.`, 'Use the e-mail address.');
  return member;
}
