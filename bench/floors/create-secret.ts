import { createHash } from 'node:crypto';
import fastify from 'fastify';
import pg from 'pg';

/**
 * The least that stores a sealed secret over HTTP: a bare Fastify, one look-up of the token by its hash, and
 * one transaction (a single statement) with the same rows and one audit row, durable when it is answered.
 * Into tables of its own, without foreign keys, checks or triggers and with one index by name. A process of
 * its own, run with the database's URL; it prints its port.
 */
const [, , url = ''] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 10, options: '-c search_path=holdfast' });
await pool.query(`
  create table if not exists floor_secret (
    organization_id uuid, id uuid, name text, created_at timestamptz default now(), created_by jsonb, primary key (organization_id, id));
  create unique index if not exists floor_secret_name on floor_secret (organization_id, lower(name));
  create table if not exists floor_version (
    organization_id uuid, secret_id uuid, id uuid, key_id uuid, created_at timestamptz default now(), created_by jsonb,
    primary key (organization_id, id));
  create table if not exists floor_sealed (organization_id uuid, version_id uuid, sealed bytea, primary key (organization_id, version_id));
  create table if not exists floor_event (organization_id uuid, id bigserial, body text, primary key (organization_id, id))`);

const CALLER = `
  select o.id, m.role, u.id as user_id, u.name from access_token t
  join auth.member m on m."userId" = t.member_user_id and m."organizationId" = t.organization_id
  join auth.organization o on o.id = t.organization_id
  join auth."user" u on u.id = m."userId"
  where t.token_hash = $1 and o.slug = $2 and t.expires_at > now()`;

const CREATE = `
  with secret as (
    insert into floor_secret (organization_id, id, name, created_by) values ($1, $2, $3, $4) returning id, name, created_at
  ), version as (
    insert into floor_version (organization_id, secret_id, id, key_id, created_by) values ($1, $2, $5, $6, $4)
  ), sealed as (
    insert into floor_sealed values ($1, $5, $7)
  ), event as (
    insert into floor_event (organization_id, body) values ($1, $8)
  )
  select * from secret`;

interface Body {
  readonly envelope: { readonly secretId: string; readonly versionId: string; readonly keyId: string; readonly sealed: string };
}

const server = fastify();
server.put<{ Params: { slug: string; name: string }; Body: Body }>('/:slug/:name', async (request, reply) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const { rows } = await pool.query({
    name: 'caller',
    text: CALLER,
    values: [createHash('sha256').update(token).digest(), request.params.slug],
  });
  if (rows.length === 0) return reply.code(401).send();
  const { envelope } = request.body;
  const sealed = Buffer.from(envelope.sealed, 'base64url');
  const actor = { kind: 'member', id: rows[0].user_id, name: rows[0].name };
  const event = {
    action: 'secret.create',
    actor,
    target: { kind: 'secret', id: envelope.secretId, name: request.params.name, versionId: envelope.versionId },
    commitment: { versionId: envelope.versionId, ciphertextHash: createHash('sha256').update(sealed).digest('base64url') },
  };
  const stored = await pool.query({
    name: 'create',
    text: CREATE,
    values: [rows[0].id, envelope.secretId, request.params.name, actor, envelope.versionId, envelope.keyId, sealed, JSON.stringify(event)],
  });
  return reply.code(201).send(stored.rows[0]);
});
await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address();
console.log(typeof address === 'object' && address !== null ? address.port : '');
process.on('disconnect', () => process.exit(0));
