-- The audit record: for each organization a log that only grows, appended by one function and changed by
-- nobody. Its entries are the leaves of a Merkle tree (RFC 9162), which the data plane follows and signs; see
-- docs/reference/audit-record.md.

-- How far each log has come. An append locks the row until its transaction ends.
create table audit_head (
  organization_id uuid primary key,
  sequence bigint not null check (sequence >= 0),
  -- Of the newest entry.
  last_time timestamptz not null
);

-- What events are looked up by.
create type audit_facts as (
  action text,
  outcome text,
  actor_id text,
  actor_name text,
  -- Of an event that is about a secret.
  secret_name text,
  run_id text,
  -- Set when the event commits to the ciphertext of a new version. Sealing a version again under the next key
  -- makes none.
  version_id text
);

-- Reads an event once for all of its facts: a generated column for each of them would parse the body each
-- time.
create function facts_of(body text) returns audit_facts language plpgsql immutable parallel safe as $$
declare
  event constant jsonb := body::jsonb;
begin
  return row(
    event ->> 'action',
    event ->> 'outcome',
    event #>> '{actor,id}',
    event #>> '{actor,name}',
    case when event #>> '{target,kind}' = 'secret' then event #>> '{target,name}' end,
    event #>> '{context,run}',
    case when event ? 'commitment' and event ->> 'action' <> 'secret.re-seal' then event #>> '{commitment,versionId}' end)::holdfast.audit_facts;
end $$;

-- "body" is the event as canonical JSON (RFC 8785), the very text that is hashed. "facts" repeats parts of it
-- for looking up and is derived by the database, so that it cannot say anything else.
create table audit_event (
  organization_id uuid not null,
  sequence bigint not null check (sequence >= 1),
  time timestamptz not null,
  -- control, data or operator: see append_audit.
  recorded_by text not null,
  body text not null check (octet_length(body) <= 61440),
  facts audit_facts not null generated always as (facts_of(body)) stored
    check ((facts).action is not null and (facts).outcome is not null),
  primary key (organization_id, sequence)
);
-- One for each filter of the list. Ascending, as the log grows: entries then go to the right edge of their
-- key. What most events have in common (success, intent) needs no index, and what few have costs the others
-- nothing.
create index audit_event_action on audit_event (organization_id, ((facts).action), sequence);
create index audit_event_secret on audit_event (organization_id, ((facts).secret_name), sequence) where (facts).secret_name is not null;
create index audit_event_actor on audit_event (organization_id, lower((facts).actor_name), sequence);
create index audit_event_run on audit_event (organization_id, ((facts).run_id), sequence) where (facts).run_id is not null;
create index audit_event_outcome on audit_event (organization_id, ((facts).outcome), sequence) where (facts).outcome in ('refused', 'failed');
create unique index audit_event_version on audit_event (organization_id, ((facts).version_id)) where (facts).version_id is not null;

-- Appends events in order, in the caller's transaction, and answers the number of the first and the time and
-- recorder of all. Who recorded them is known by the role that is logged in, which the caller cannot choose:
-- one of this instance's two roles; any other is the operator's.
--
-- For who follows the log ("following") it also answers what the log held before, as of the moment that its
-- head was locked, so that nothing has to be read when nobody else appended.
create function append_audit(
  organization uuid, bodies text[], following boolean default false,
  out first_sequence bigint, out appended_at timestamptz, out recorder text,
  -- The number of the first row before, and the last row; null when there was none.
  out lowest bigint, out former_sequence bigint, out former_time timestamptz, out former_recorder text, out former_body text)
language plpgsql security definer set search_path = holdfast, pg_temp
-- Every call is the same; planned afresh for each it would take half as long again.
set plan_cache_mode = force_generic_plan as $$
declare
  number constant integer := cardinality(bodies);
  prefix text;
begin
  -- A role may change its own settings. What is on the record must outlive a crash from the moment its commit
  -- is answered.
  if current_setting('synchronous_commit') = 'off' then
    raise exception 'the audit record is not written with synchronous_commit off' using errcode = 'object_not_in_prerequisite_state';
  end if;
  -- The clock is read once the row is ours: times then grow with the numbers while the clock does not go
  -- back.
  update audit_head h set sequence = h.sequence + number, last_time = date_trunc('milliseconds', clock_timestamp())
  from instance i where h.organization_id = organization
  returning h.sequence - number + 1, h.last_time, i.role_prefix into first_sequence, appended_at, prefix;
  if not found then
    insert into audit_head as h (organization_id, sequence, last_time)
    values (organization, number, date_trunc('milliseconds', clock_timestamp()))
    on conflict (organization_id) do update set sequence = h.sequence + number, last_time = date_trunc('milliseconds', clock_timestamp())
    returning h.sequence - number + 1, h.last_time into strict first_sequence, appended_at;
    select i.role_prefix into strict prefix from instance i;
    -- It waited for the deletion of the organization, and would begin a log of nobody. The transaction is
    -- tried again, and finds none.
    if first_sequence = 1 and exists (select from deleted_organization d where d.id = organization) then
      raise exception 'the organization is deleted' using errcode = 'serialization_failure';
    end if;
  end if;
  recorder := case session_user when prefix || '_control' then 'control' when prefix || '_data' then 'data' else 'operator' end;
  -- One statement: it reads the log as it was before its own rows.
  with appended as (
    insert into audit_event (organization_id, sequence, time, recorded_by, body)
    select organization, first_sequence + b.ordinality - 1, appended_at, recorder, b.body
    from unnest(bodies) with ordinality as b (body, ordinality)
  )
  select (select e.sequence from audit_event e where e.organization_id = organization order by e.sequence limit 1),
    f.sequence, f.time, f.recorded_by, f.body
  into lowest, former_sequence, former_time, former_recorder, former_body
  from audit_event f where following and f.organization_id = organization order by f.sequence desc limit 1;
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

-- Full tiles of each log's tree (c2sp.org/tlog-tiles), for proofs: 256 hashes of 32 bytes. What is read here
-- is worth nothing unless it leads to the root of a signed checkpoint.
create table audit_tile (
  organization_id uuid not null,
  level integer not null check (level >= 0),
  index bigint not null check (index >= 0),
  hashes bytea not null check (length(hashes) = 8192),
  primary key (organization_id, level, index)
);

-- The data plane's signed statements (c2sp.org/tlog-checkpoint). It keeps its own copy outside of the
-- database, and trusts that one.
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
