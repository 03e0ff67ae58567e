-- The audit record: for each organization a log that only grows, appended by one function and changed by nobody. Its entries are the
-- leaves of a Merkle tree (RFC 9162), which the data plane follows and signs; see docs/reference/audit-record.md.

-- How far each log has come. The row is locked by whoever appends, until that transaction ends.
create table audit_head (
  organization_id uuid primary key,
  sequence bigint not null check (sequence >= 0),
  -- The latest time of any entry; the clock of the database may have gone back since.
  latest_time timestamptz not null
);

-- "body" is the event as canonical JSON (RFC 8785), the very text that is hashed. The other columns repeat parts of
-- it for looking up and are derived by the database, so that they cannot say anything else.
create table audit_event (
  organization_id uuid not null,
  sequence bigint not null check (sequence >= 1),
  time timestamptz not null,
  -- control, data or operator: see append_audit.
  recorded_by text not null,
  body text not null check (octet_length(body) <= 61440),
  action text not null generated always as (body::jsonb ->> 'action') stored,
  outcome text not null generated always as (body::jsonb ->> 'outcome') stored,
  actor_id text generated always as (body::jsonb #>> '{actor,id}') stored,
  actor_name text generated always as (body::jsonb #>> '{actor,name}') stored,
  target_kind text generated always as (body::jsonb #>> '{target,kind}') stored,
  target_name text generated always as (body::jsonb #>> '{target,name}') stored,
  run_id text generated always as (body::jsonb #>> '{context,run}') stored,
  -- Set when the event commits to the ciphertext of a new version. Sealing a version again under the next key makes none.
  version_id text generated always as (case when body::jsonb ->> 'action' <> 'secret.re-seal'
    then body::jsonb #>> '{commitment,versionId}' end) stored,
  primary key (organization_id, sequence)
);
create index audit_event_action on audit_event (organization_id, action, sequence desc);
create index audit_event_target on audit_event (organization_id, target_kind, target_name, sequence desc);
create index audit_event_actor on audit_event (organization_id, actor_id, sequence desc);
create index audit_event_run on audit_event (organization_id, run_id, sequence desc) where run_id is not null;
create unique index audit_event_version on audit_event (organization_id, version_id) where version_id is not null;

-- Appends events in order, in the caller's transaction, and answers the number and time of each. Who recorded them is told by the role
-- that is logged in, which the caller cannot choose: one of this instance's two roles; any other is the operator's.
create function append_audit(organization uuid, bodies text[])
returns table (sequence bigint, "time" timestamptz, recorded_by text)
language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  last bigint;
  moment timestamptz;
  recorder text;
  number constant integer := cardinality(bodies);
begin
  -- A role may change its own settings. What is on the record must outlive a crash from the moment its commit is answered.
  if current_setting('synchronous_commit') = 'off' then
    raise exception 'the audit record is not written with synchronous_commit off' using errcode = 'object_not_in_prerequisite_state';
  end if;
  select coalesce((array['control', 'data'])[array_position(array[i.role_prefix || '_control', i.role_prefix || '_data'], session_user::text)],
    'operator') into strict recorder from instance i;
  insert into audit_head as h values (organization, number, '-infinity')
  on conflict (organization_id) do update set sequence = h.sequence + number
  returning h.sequence into last;
  -- It waited for the deletion of the organization, and would begin a log of nobody. The transaction is tried again, and finds none.
  if last = number and exists (select from deleted_organization d where d.id = organization) then
    raise exception 'the organization is deleted' using errcode = 'serialization_failure';
  end if;
  -- Now that the row is ours: times then grow with the numbers while the clock does not go back.
  moment := date_trunc('milliseconds', clock_timestamp());
  update audit_head h set latest_time = greatest(h.latest_time, moment) where h.organization_id = organization;
  return query
    insert into audit_event as e (organization_id, sequence, time, recorded_by, body)
    select organization, last - number + b.ordinality, moment, recorder, b.body
    from unnest(bodies) with ordinality as b (body, ordinality)
    returning e.sequence, e.time, e.recorded_by;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit record is append-only' using errcode = 'insufficient_privilege';
end $$;
-- The owner of the tables could still drop these; the data plane's checkpoints are what reveals that.
create trigger audit_event_append_only before update or truncate on audit_event execute function refuse_change();

-- The record of an organization goes with the organization, once its deletion has begun (0007).
create function refuse_deletion() returns trigger language plpgsql as $$
begin
  if exists (select from holdfast.organization_deletion d where d.organization_id = old.organization_id and d.begun_at is not null) then
    return old;
  end if;
  raise exception 'the audit record is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_event_kept before delete on audit_event for each row execute function refuse_deletion();

-- Full tiles of each log's tree (c2sp.org/tlog-tiles), for proofs: 256 hashes of 32 bytes. What is read here is worth nothing unless
-- it leads to the root of a signed checkpoint.
create table audit_tile (
  organization_id uuid not null,
  level integer not null check (level >= 0),
  index bigint not null check (index >= 0),
  hashes bytea not null check (length(hashes) = 8192),
  primary key (organization_id, level, index)
);

-- The data plane's signed statements (c2sp.org/tlog-checkpoint). It keeps its own copy outside of the database, and trusts that one.
create table checkpoint (
  organization_id uuid not null,
  size bigint not null,
  time timestamptz not null,
  note text not null,
  primary key (organization_id, size)
);

-- What the data plane found when it last followed a log; for showing. What it decides by is in its memory.
create table record_state (
  organization_id uuid primary key,
  size bigint not null,
  verified_at timestamptz,
  stopped_since timestamptz,
  code text,
  reason text,
  -- The node that found it; it alone says that the log verifies again, or any other once that node is gone.
  stopped_by uuid
);
