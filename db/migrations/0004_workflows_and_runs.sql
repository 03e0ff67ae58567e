-- Workflows, runs, their items, uploaded documents, and what the two planes ask of each other.

create table workflow (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  name text not null check (length(name) between 1 and 120),
  description text not null default '',
  -- As somebody wrote it as a file, for its comments and order; what the workflow does stands elsewhere.
  yaml text check (length(yaml) <= 200000),
  -- What was saved and is not published: {sources, steps}. Null when the newest version is all there is.
  draft jsonb,
  draft_saved_at timestamptz,
  draft_saved_by jsonb,
  next_run_number integer not null default 1,
  -- Runs of it that are under way at once.
  maximum_runs integer not null default 10 check (maximum_runs between 1 and 100),
  -- How long after its end something of a run is kept; null: as the organization says, see retention.
  document_days integer check (document_days between 0 and 3650),
  log_days integer check (log_days between 0 and 3650),
  run_days integer check (run_days between 1 and 3650),
  -- Counts what people change: who saves names the one that was read. Null: nothing since it was made.
  revision integer not null default 1,
  updated_at timestamptz,
  updated_by jsonb,
  created_at timestamptz not null default now(),
  created_by jsonb not null,
  primary key (organization_id, id),
  foreign key (organization_id, project_id) references project,
  check ((draft is null) = (draft_saved_at is null) and (draft is null) = (draft_saved_by is null))
);
create unique index workflow_name on workflow (organization_id, project_id, lower(name));

-- What a workflow does: published, and never changed. Runs use the newest; each keeps what it started with.
create table workflow_version (
  organization_id uuid not null,
  workflow_id uuid not null,
  number integer not null check (number >= 1),
  -- {sources, steps}, as the draft was.
  definition jsonb not null,
  -- Of the components that it names, what they were called, by id: a version outlives them.
  components jsonb not null,
  note text not null default '' check (length(note) <= 500),
  published_at timestamptz not null default now(),
  published_by jsonb not null,
  primary key (organization_id, workflow_id, number),
  foreign key (organization_id, workflow_id) references workflow on delete cascade
);

-- Which workflow uses which component, as a source or a step: in its draft, or in the version that runs. Kept
-- by who writes either, so that a component in use is not deleted.
create table workflow_component (
  organization_id uuid not null,
  workflow_id uuid not null,
  component_id uuid not null,
  primary key (organization_id, workflow_id, component_id),
  foreign key (organization_id, workflow_id) references workflow on delete cascade,
  foreign key (organization_id, component_id) references component
);
create index workflow_component_by_component on workflow_component (organization_id, component_id);

create table run (
  organization_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  project_id uuid not null,
  number integer not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  cancel_requested boolean not null default false,
  -- When it last got a slot, counted over all runs; null until then. Says whose turn it is: an organization
  -- that was served longest ago.
  turn bigint,
  -- The data plane that took it last: it is there while the run is under way.
  node_id uuid,
  idempotency_key text,
  -- What the run was started with: a copy of the workflow's version.
  definition jsonb not null,
  version integer not null,
  -- Names of the folders on a node that it reads; most runs read none.
  folders jsonb not null generated always as (jsonb_path_query_array(definition, '$.sources[*].folder')) stored,
  started_by jsonb not null,
  -- The order in which runs were started, whatever the clock said.
  sequence bigint not null generated always as identity,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  -- When the last of its uploaded documents was removed, after its time.
  documents_removed_at timestamptz,
  -- When its log was removed, after its time.
  log_removed_at timestamptz,
  failure jsonb,
  -- How often it was taken up again after its end, and by whom the last time.
  retries integer not null default 0,
  retried_by jsonb,
  retried_at timestamptz,
  -- Documents by state when it ended last: the history is made of these.
  counts jsonb,
  primary key (organization_id, id),
  foreign key (organization_id, workflow_id) references workflow on delete cascade
);
create unique index run_idempotency on run (organization_id, workflow_id, idempotency_key);
create index run_by_sequence on run (organization_id, sequence desc);
create index run_by_workflow on run (organization_id, workflow_id, sequence desc);
create sequence run_turn;
create index run_by_turn on run (organization_id, turn desc) where turn is not null;
create index run_waiting on run (organization_id, workflow_id, sequence) where status = 'queued';
create index run_active on run (organization_id, workflow_id) where status = 'running';
create index run_by_end on run (organization_id, finished_at) where finished_at is not null;
create index run_to_cancel on run (organization_id, id) where cancel_requested and status = 'queued';
create index run_with_documents on run (finished_at) where documents_removed_at is null;
create index run_by_status on run (organization_id, status, sequence desc);

-- An uploaded document: kept in one-mebibyte chunks, so that no plane needs a disk of its own.
create table document (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  run_id uuid,
  name text not null,
  content_type text not null,
  size bigint not null,
  sha256 bytea not null check (length(sha256) = 32),
  created_at timestamptz not null default now(),
  created_by jsonb not null,
  -- The upload is on the audit record; uploads are recorded many at a time.
  recorded boolean not null default false,
  primary key (organization_id, id),
  foreign key (organization_id, project_id) references project on delete cascade,
  foreign key (organization_id, run_id) references run on delete cascade
);
create index document_by_run on document (organization_id, run_id);
create index document_not_recorded on document (organization_id, project_id) where not recorded;

create table document_chunk (
  organization_id uuid not null,
  document_id uuid not null,
  number integer not null,
  bytes bytea not null check (length(bytes) between 1 and 1048576),
  primary key (organization_id, document_id, number)
);
alter table document_chunk alter column bytes set storage external;
-- Chunks are written once and removed within days, and a vacuum after that: one for what was only inserted
-- would read each document of a gibibyte again while its run reads it.
alter table document_chunk set (autovacuum_vacuum_insert_threshold = -1, toast.autovacuum_vacuum_insert_threshold = -1);

-- Bytes of all chunks of an organization. Kept by the triggers, so that no upload has to add them up.
create table document_usage (
  organization_id uuid primary key,
  bytes bigint not null
);

create function count_document_bytes() returns trigger language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  insert into document_usage as u (organization_id, bytes)
  select c.organization_id, sum(length(c.bytes)) * case tg_op when 'INSERT' then 1 else -1 end
  from changed c group by c.organization_id order by c.organization_id
  on conflict (organization_id) do update set bytes = u.bytes + excluded.bytes;
  return null;
end $$;
create trigger document_chunk_added after insert on document_chunk
  referencing new table as changed for each statement execute function count_document_bytes();
create trigger document_chunk_removed after delete on document_chunk
  referencing old table as changed for each statement execute function count_document_bytes();

-- One document in a run. document_id is null when it comes from a folder, whose path is its name then, or
-- from a component, which finds it by its reference. What could not be read there is skipped: left out, with
-- the reason in failure. source names the source that it was listed from; null when it was uploaded.
-- The documents of a run, in the order of their ids. Each is changed twice or more, and found by its key. No
-- other index begins with the run: a server that knows little of the table would take either, and with the
-- other read the whole run for each document. No index holds what changes, and pages have room for it, so
-- that a change touches the table alone.
create table run_item (
  organization_id uuid not null,
  run_id uuid not null,
  id uuid not null,
  document_id uuid,
  name text not null,
  content_type text not null,
  size bigint not null,
  reference text check (length(reference) between 1 and 1024),
  version text check (length(version) <= 256),
  source text check (length(source) between 1 and 64),
  sent bigint not null default 0,
  status text not null default 'waiting' check (status in ('waiting', 'running', 'published', 'unchanged', 'skipped', 'failed')),
  -- It waits, and this turn of the run is not for it: others of its documents were chosen to be tried again.
  held boolean not null default false,
  attempts integer not null default 0,
  published_as text,
  failure jsonb,
  finished_at timestamptz,
  -- The step that has begun to send it to a service that would not know it again; null while it is known what
  -- became of it.
  sending_step uuid,
  primary key (organization_id, run_id, id),
  foreign key (organization_id, run_id) references run on delete cascade
) with (fillfactor = 70);
create index run_item_by_document on run_item (organization_id, document_id) where document_id is not null;
create index run_item_by_reference on run_item (organization_id, reference) where reference is not null;

-- A step of a run of several steps that an item has been through: it is not repeated.
create table item_step (
  organization_id uuid not null,
  run_id uuid not null,
  item_id uuid not null,
  step_id uuid not null,
  outcome text not null check (outcome in ('made', 'published', 'unchanged', 'skipped')),
  -- Where a publisher put it.
  published_as text,
  -- How many documents a model made of it.
  results integer,
  milliseconds integer not null,
  finished_at timestamptz not null default now(),
  primary key (organization_id, run_id, item_id, step_id),
  foreign key (organization_id, run_id, item_id) references run_item on delete cascade
);

-- What a model made of an item: stored like an uploaded document, and kept as long.
create table item_result (
  organization_id uuid not null,
  run_id uuid not null,
  item_id uuid not null,
  step_id uuid not null,
  position integer not null,
  document_id uuid not null,
  primary key (organization_id, run_id, item_id, step_id, position),
  foreign key (organization_id, run_id, item_id, step_id) references item_step on delete cascade
);
create index item_result_by_document on item_result (organization_id, document_id);

create table run_log (
  organization_id uuid not null,
  run_id uuid not null,
  sequence bigint generated always as identity,
  time timestamptz not null default clock_timestamp(),
  level text not null check (level in ('info', 'warning', 'error')),
  message text not null,
  item_id uuid,
  primary key (organization_id, run_id, sequence),
  foreign key (organization_id, run_id) references run on delete cascade
);

-- The control plane asks, the data plane answers.
create table component_test (
  organization_id uuid not null,
  id uuid not null,
  -- Null for a component that is being made.
  component_id uuid,
  -- What is tried in place of what is saved: project, name, type, configuration, and the stored secrets it is
  -- bound to.
  draft jsonb,
  requested_by jsonb not null,
  requested_at timestamptz not null default now(),
  answer jsonb,
  primary key (organization_id, id),
  foreign key (organization_id, component_id) references component on delete cascade,
  check (component_id is not null or draft is not null)
);
-- Values that were sealed for a draft. The control plane may insert here and never read.
create table component_test_value (
  organization_id uuid not null,
  test_id uuid not null,
  option text not null,
  secret_id uuid not null,
  version_id uuid not null,
  key_id uuid not null,
  sealed bytea not null check (length(sealed) between 1000 and 90000),
  primary key (organization_id, test_id, option),
  foreign key (organization_id, test_id) references component_test on delete cascade
);

-- The control plane deletes by this function: a role that has DELETE (or UPDATE of a whole table) may also
-- lock the table against every reader, and so stop the data plane. "ids" are looked for in the column that
-- stands beside the table here.
create function delete_rows(relation text, organization uuid, ids uuid[]) returns bigint
language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  deleted bigint;
  named_by text := case relation
    when 'project' then 'id'
    when 'component' then 'id'
    when 'component_test' then 'id'
    when 'secret' then 'id'
    when 'secret_scope' then 'secret_id'
    when 'sealed_value' then 'version_id'
    when 'binding' then 'id'
    when 'workflow' then 'id'
    when 'workflow_component' then 'workflow_id'
    when 'workflow_trigger' then 'id'
    when 'document_chunk' then 'document_id'
  end;
begin
  if named_by is null then
    raise exception 'rows of "%" are not deleted by this function', relation using errcode = 'insufficient_privilege';
  end if;
  execute format('delete from holdfast.%I where organization_id = $1 and %I = any ($2)', relation, named_by) using organization, ids;
  get diagnostics deleted = row_count;
  return deleted;
end $$;
