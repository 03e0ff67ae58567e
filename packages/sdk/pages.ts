import type { Answer, Endpoint } from '@holdfast/api';
import type { CallRequest, Client } from './client.ts';

type ItemOf<E extends Endpoint> = Answer<E> extends { items: (infer Item)[] } ? Item : never;

/**
 * Every item of a list, fetched a page at a time while they are read.
 *
 * @example
 * ```ts
 * const params = { organization: 'acme' };
 * for await (const secret of readAll(client, listSecrets, { params })) console.log(secret.name);
 * ```
 */
export async function* readAll<E extends Endpoint>(client: Client, endpoint: E, request: CallRequest<E>): AsyncGenerator<ItemOf<E>> {
  let cursor: string | null = null;
  do {
    const query = { ...(request.query as object | undefined), ...(cursor === null ? {} : { cursor }) };
    const page = (await client.call(endpoint, { ...request, query } as CallRequest<E>)) as {
      items: ItemOf<E>[];
      nextCursor?: string | null;
    };
    yield* page.items;
    cursor = page.nextCursor ?? null;
  } while (cursor !== null);
}
