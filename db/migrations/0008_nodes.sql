-- Nodes: the running processes of both planes, what each has, and which of them does the periodic work.

create table node (
  id uuid primary key,
  plane text not null check (plane in ('control', 'data')),
  -- One run of the process. A data plane that starts again with the same home is the same node with another
  -- incarnation; every database session of a data plane bears it in its application_name.
  incarnation uuid not null,
  host text not null,
  process_id integer not null,
  version text not null,
  -- Of a control plane: an HMAC made with its session key. Nodes that sign with different keys are found so.
  session_key_hash bytea,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  -- Set when it ended in order.
  stopped_at timestamptz
);

-- A node is heard from every 3 seconds. Both bounds: after the clock was set back, what it said before does
-- not count for long.
create view live_node as
  select * from node
  where stopped_at is null and seen_at between now() - interval '15 seconds' and now() + interval '15 seconds';

-- Which plane a node belongs to is known by the role that is logged in, which the caller cannot choose.
create function plane_of_session() returns text language sql stable security definer set search_path = holdfast, pg_temp as $$
  select case session_user::text when i.role_prefix || '_control' then 'control' when i.role_prefix || '_data' then 'data' end
  from instance i
$$;

create function announce_node(node_id uuid, node_incarnation uuid, node_host text, node_process_id integer, node_version text,
  node_session_key_hash bytea) returns void
language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  insert into node as n (id, plane, incarnation, host, process_id, version, session_key_hash)
  values (node_id, plane_of_session(), node_incarnation, node_host, node_process_id, node_version, node_session_key_hash)
  on conflict (id) do update set incarnation = excluded.incarnation, host = excluded.host, process_id = excluded.process_id,
    version = excluded.version, session_key_hash = excluded.session_key_hash, started_at = now(), seen_at = now(), stopped_at = null
  where n.plane = excluded.plane;
  if not found then
    raise exception 'the node % is one of the other plane', node_id using errcode = 'insufficient_privilege';
  end if;
end $$;

-- Answers false when the node runs as another incarnation by now, or was forgotten.
create function see_node(node_id uuid, node_incarnation uuid, stopped boolean) returns boolean
language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  update node set seen_at = now(), stopped_at = case when stopped then now() end
  where id = node_id and incarnation = node_incarnation and plane = plane_of_session();
  return found;
end $$;

-- Folders the operator lets an organization read, by the nodes that have them.
create table source_folder (
  organization_slug text not null,
  name text not null,
  node_id uuid not null references node on delete cascade,
  primary key (organization_slug, name, node_id)
);

-- Who does the periodic work. The epoch grows with each holder: a node that held it before finds another one,
-- and changes nothing more.
create table lease (
  name text primary key,
  node_id uuid,
  incarnation uuid,
  epoch bigint not null default 0,
  until timestamptz not null default now()
);
insert into lease (name) values ('periodic work');

-- When periodic work of long intervals was begun last, by whichever node. What was begun and not ended is
-- begun again.
create table periodic_work (
  name text primary key,
  begun_at timestamptz not null,
  ended boolean not null default false
);
