import { listProjects, listSecrets, listWorkflows } from '@holdfast/api';
import { workplace } from '../../connection.ts';

/** A person waits with a finger on the key. */
const NAMES_WITHIN_MILLISECONDS = 2_000;
const NAMES_MAXIMUM = 200;

/** Names that begin so, from the server; none when it does not answer soon. */
export async function names(kind: 'secret' | 'project' | 'workflow', begin: string): Promise<string[]> {
  const { client, slug } = await workplace();
  const signal = AbortSignal.timeout(NAMES_WITHIN_MILLISECONDS);
  const params = { organization: slug };
  if (kind === 'secret') {
    const search = begin === '' ? undefined : begin;
    return (await client.call(listSecrets, { params, query: { limit: NAMES_MAXIMUM, search }, signal })).items.map(({ name }) => name);
  }
  const endpoint = kind === 'project' ? listProjects : listWorkflows;
  return (await client.call(endpoint, { params, query: { limit: NAMES_MAXIMUM }, signal })).items.map(({ name }) => name);
}
