import { createHash } from 'node:crypto';
import fastify from 'fastify';
import pg from 'pg';

/**
 * The least that answers what is known about one secret over HTTP, with every column of the product's answer:
 * a bare Fastify, one look-up of the token by its hash, one indexed select. A process of its own, run with
 * the database's URL; it prints its port.
 */
const [, , url = ''] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 10, options: '-c search_path=holdfast' });

const CALLER = `
  select o.id, m.role from access_token t
  join auth.member m on m."userId" = t.member_user_id and m."organizationId" = t.organization_id
  join auth.organization o on o.id = t.organization_id
  where t.token_hash = $1 and o.slug = $2 and t.expires_at > now()`;

const SECRET = `
  select s.id, s.name, s.description, s.kind, s.all_projects, s.rotation_days, s.rotation_due_at, s.expires_at, s.destinations,
    s.obtain_url, s.metadata_revision, s.created_at, s.created_by, s.replaced_at, s.replaced_by, s.last_used_at,
    v.id as version_id, u.id as owner_id, u.name as owner_name,
    (select count(*) from binding b where b.organization_id = s.organization_id and b.secret_id = s.id) as used_by,
    array(select p.name from secret_scope c join project p on p.organization_id = c.organization_id and p.id = c.project_id
      where c.organization_id = s.organization_id and c.secret_id = s.id) as projects,
    array(select uses from secret_use_day d
      where d.organization_id = s.organization_id and d.secret_id = s.id and d.day > current_date - 91) as uses
  from secret s
  join secret_version v on v.organization_id = s.organization_id and v.secret_id = s.id and v.state = 'current'
  left join auth."user" u on u.id = s.owner_user_id
  where s.organization_id = $1 and lower(s.name) = lower($2) and s.name = $2`;

const server = fastify();
server.get<{ Params: { slug: string; name: string } }>('/:slug/:name', async (request, reply) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const { rows } = await pool.query({
    name: 'caller',
    text: CALLER,
    values: [createHash('sha256').update(token).digest(), request.params.slug],
  });
  if (rows.length === 0) return reply.code(401).send();
  return (await pool.query({ name: 'secret', text: SECRET, values: [rows[0].id, request.params.name] })).rows[0];
});
await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address();
console.log(typeof address === 'object' && address !== null ? address.port : '');
process.on('disconnect', () => process.exit(0));
