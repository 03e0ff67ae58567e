-- The audit record: one hash chain for each organization, appended by one function, changed by nobody.

create table audit_head (
  organization_id uuid primary key,
  sequence bigint not null,
  hash bytea not null check (length(hash) = 32)
);

-- "body" is the event as canonical JSON (RFC 8785), the very text that is hashed. The other columns repeat parts of
-- it for looking up and are derived by the database, so that they cannot say anything else.
create table audit_event (
  organization_id uuid not null,
  sequence bigint not null,
  time timestamptz not null,
  recorded_by text not null,
  body text not null check (octet_length(body) <= 65536),
  previous_hash bytea not null,
  hash bytea not null,
  action text not null generated always as (body::jsonb ->> 'action') stored,
  outcome text not null generated always as (body::jsonb ->> 'outcome') stored,
  actor_id text generated always as (body::jsonb #>> '{actor,id}') stored,
  actor_name text generated always as (body::jsonb #>> '{actor,name}') stored,
  target_kind text generated always as (body::jsonb #>> '{target,kind}') stored,
  target_name text generated always as (body::jsonb #>> '{target,name}') stored,
  run_id text generated always as (body::jsonb #>> '{context,run}') stored,
  -- Set when the event commits to the ciphertext of a new version.
  version_id text generated always as (body::jsonb #>> '{commitment,versionId}') stored,
  primary key (organization_id, sequence)
);
create index audit_event_action on audit_event (organization_id, action, sequence desc);
create index audit_event_target on audit_event (organization_id, target_kind, target_name, sequence desc);
create index audit_event_actor on audit_event (organization_id, actor_id, sequence desc);
create index audit_event_run on audit_event (organization_id, run_id, sequence desc) where run_id is not null;
create unique index audit_event_version on audit_event (organization_id, version_id) where version_id is not null;

-- Appends events in order, in the caller's transaction. The head row is locked until that transaction ends.
-- The hashed bytes are the lines
--   holdfast/audit-event/v1 LF organization LF sequence LF time LF recorded-by LF previous hash (hex) LF body
-- with the time in microseconds as 2026-11-23T10:00:00.000000Z. recorded_by is the role that is logged in, which the
-- caller cannot choose.
create function append_audit(organization uuid, bodies text[])
returns table (sequence bigint, hash bytea)
language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  head audit_head;
  body text;
  moment timestamptz;
  previous bytea;
begin
  insert into audit_head values (organization, 0, sha256(convert_to('holdfast/audit-chain/v1' || chr(10) || organization, 'UTF8')))
  on conflict do nothing;
  select * into strict head from audit_head h where h.organization_id = organization for update;
  foreach body in array bodies loop
    previous := head.hash;
    head.sequence := head.sequence + 1;
    moment := clock_timestamp();
    head.hash := sha256(convert_to(concat_ws(chr(10), 'holdfast/audit-event/v1', organization, head.sequence,
      to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), session_user, encode(previous, 'hex'), body), 'UTF8'));
    insert into audit_event (organization_id, sequence, time, recorded_by, body, previous_hash, hash)
    values (organization, head.sequence, moment, session_user, body, previous, head.hash);
    sequence := head.sequence;
    hash := head.hash;
    return next;
  end loop;
  update audit_head h set sequence = head.sequence, hash = head.hash where h.organization_id = organization;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit record is append-only' using errcode = 'insufficient_privilege';
end $$;
-- The owner of the tables could still drop these; checkpoints kept elsewhere are what reveals that.
create trigger audit_event_append_only before update or delete or truncate on audit_event execute function refuse_change();
