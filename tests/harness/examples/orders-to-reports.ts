import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { SERVICE_CA } from '../http-service.ts';
import { postgresServer } from '../postgres-server.ts';
import { type ExampleServices, exampleFile, type Held, type Kept } from './services.ts';

/** Two databases of a PostgreSQL server, each with a role that may do what it has to and no more. */
export async function start(kept: Kept): Promise<ExampleServices> {
  await using started = new AsyncDisposableStack();
  const database = async (name: string, grant: string) => {
    const server = started.use(await postgresServer({ port: await kept.port(name) }));
    await server.client.query(await readFile(exampleFile('orders-to-reports', `${name}.sql`), 'utf8'));
    const login = { name: `example_${name}`, password: await kept.credential(`${name} password`) };
    const { url } = await server.role([grant], login);
    return { server, url: `${url}?sslmode=verify-full` };
  };
  const orders = await database('orders', 'select on orders');
  const reports = await database('reports', 'select, insert, update on shipped_orders');
  const running = started.move();
  return {
    values: { ORDERS_DATABASE: orders.url, REPORTS_DATABASE: reports.url },
    options: {},
    certificates: SERVICE_CA,
    reaches: [orders, reports].map(({ server }) => `127.0.0.1:${server.port}`),
    says: [
      `127.0.0.1:${orders.server.port} is a PostgreSQL with orders, over TLS with a certificate of its own.`,
      `127.0.0.1:${reports.server.port} is another database, for the reports.`,
    ],
    hold: (documents) => hold(orders.server.client, reports.server.client, documents),
    async published() {
      const { rows } = await reports.server.client.query<{ order_id: number }>('select * from shipped_orders order by order_id');
      return rows.map((row) => ({ name: String(row.order_id), bytes: Buffer.from(JSON.stringify(row)) }));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Rows of the report that are written before the next one waits. */
const ROWS_BEFORE = 3;
const FIRST_ORDER = 2001;
/** Of an advisory lock. */
const HELD = 7;

async function hold(orders: pg.Client, reports: pg.Client, documents: number): Promise<Held> {
  const last = FIRST_ORDER + documents - 1;
  await reports.query(`
    create function wait_while_held() returns trigger language plpgsql as $$
      begin
        if (select count(*) from shipped_orders where order_id >= ${FIRST_ORDER}) >= ${ROWS_BEFORE} then
          perform pg_advisory_xact_lock_shared(${HELD});
        end if;
        return new;
      end $$;
    create trigger waits before insert or update on shipped_orders for each row execute function wait_while_held();
    select pg_advisory_lock(${HELD});
  `);
  await orders.query(`
    insert into orders select id, 'Customer ' || id, 1.00, 'shipped', '2026-04-01', '2026-04-01 09:00Z' from generate_series(${FIRST_ORDER}, ${last}) id
  `);
  return {
    names: Array.from({ length: documents }, (_, index) => String(FIRST_ORDER + index)),
    release: async () => void (await reports.query(`select pg_advisory_unlock(${HELD})`)),
  };
}
