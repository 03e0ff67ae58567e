import fastify from 'fastify';
import pg from 'pg';

/**
 * The least that answers a page of secrets over HTTP: a bare Fastify with one indexed select, as a process of its own.
 * Run with the owner's URL and an organization's id; prints its port.
 */
const [, , url = '', organization = ''] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 10 });
const server = fastify();
server.get('/secrets', async () => {
  const { rows } = await pool.query(
    `select id, name, description, kind, created_at, last_used_at from holdfast.secret
     where organization_id = $1 and lower(name) > $2 order by lower(name) limit 50`,
    [organization, 'secret_05000'],
  );
  return { items: rows };
});
await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address();
console.log(typeof address === 'object' && address !== null ? address.port : '');
process.on('disconnect', () => process.exit(0));
