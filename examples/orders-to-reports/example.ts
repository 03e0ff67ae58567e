import type { Example } from '../example.ts';

export const ordersToReports: Example = {
  name: 'orders-to-reports',
  title: 'Copy rows into a reporting database',
  use: 'Database connection strings',
  description:
    'A query reads shipped orders from one PostgreSQL database. Each row becomes a row of a table in another; a row that is there already is brought up to date.',
  secrets: [
    {
      name: 'ORDERS_DATABASE',
      kind: 'connection-string',
      description: 'Connection string of a role that may read the orders.',
      obtain: 'From who runs the database: postgres://USER:PASSWORD@HOST:PORT/DATABASE of a role with SELECT on the tables of the query.',
    },
    {
      name: 'REPORTS_DATABASE',
      kind: 'connection-string',
      description: 'Connection string of a role that may write the reports.',
      obtain: 'From who runs the reporting database: a role with SELECT, INSERT and UPDATE on the one table.',
    },
  ],
  components: [
    {
      key: 'orders',
      name: 'Shipped orders',
      type: 'postgres-source',
      options: {
        query: "select id, customer, total, shipped_on, updated_at from orders where status = 'shipped' order by id",
        documents: 'row',
        keyColumn: 'id',
        versionColumn: 'updated_at',
      },
      secrets: { connectionString: 'ORDERS_DATABASE' },
      asks: ['query', 'keyColumn', 'versionColumn'],
    },
    {
      key: 'reports',
      name: 'Reporting table',
      type: 'postgres-publisher',
      options: {
        table: 'public.shipped_orders',
        columns: 'order_id = /id; customer = /customer; total = /total; shipped_on = /shipped_on',
        keyColumns: 'order_id',
        mode: 'upsert',
      },
      secrets: { connectionString: 'REPORTS_DATABASE' },
      asks: ['table', 'columns', 'keyColumns'],
    },
  ],
  workflow: { name: 'Orders to reports', source: { kind: 'component', component: 'orders' }, steps: ['reports'] },
};
