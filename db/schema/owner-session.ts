import pg from 'pg';

/**
 * One connection as the database's owner, for as long as `work` takes: it alone makes and changes what is
 * stored where.
 *
 * @param name shown in pg_stat_activity.
 */
export async function asOwner<T>(ownerUrl: string, name: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: name });
  // A server that ends fails the statement under way; without a listener it would end the process too.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
