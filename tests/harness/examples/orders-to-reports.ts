import { readFile } from 'node:fs/promises';
import { postgresServer } from '../postgres-server.ts';
import { type ExampleServices, exampleFile, type Kept } from './services.ts';

/** Two databases of a PostgreSQL server, each with a role that may do what it has to and no more. */
export async function start(kept: Kept): Promise<ExampleServices> {
  await using started = new AsyncDisposableStack();
  const database = async (name: string, grant: string) => {
    const server = started.use(await postgresServer({ port: await kept.port(name) }));
    await server.client.query(await readFile(exampleFile('orders-to-reports', `${name}.sql`), 'utf8'));
    const login = { name: `example_${name}`, password: await kept.credential(`${name} password`) };
    const { url } = await server.role([grant], login);
    return { server, url: `${url}?sslmode=disable` };
  };
  const orders = await database('orders', 'select on orders');
  const reports = await database('reports', 'select, insert, update on shipped_orders');
  const running = started.move();
  return {
    values: { ORDERS_DATABASE: orders.url, REPORTS_DATABASE: reports.url },
    options: {},
    reaches: [orders, reports].map(({ server }) => `127.0.0.1:${server.port}`),
    says: [
      `127.0.0.1:${orders.server.port} is a PostgreSQL with orders, without TLS because it is on this machine.`,
      `127.0.0.1:${reports.server.port} is another database, for the reports.`,
    ],
    async published() {
      const { rows } = await reports.server.client.query<{ order_id: number }>('select * from shipped_orders order by order_id');
      return rows.map((row) => ({ name: String(row.order_id), bytes: Buffer.from(JSON.stringify(row)) }));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
