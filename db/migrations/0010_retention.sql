-- How long what runs leave behind is kept.

-- Of an organization, in days after the end of a run; a workflow may say otherwise. Null, or no row:
-- documents for as long as the operator says, logs and runs without end. 0: removed when the run has ended.
create table retention (
  organization_id uuid primary key,
  document_days integer check (document_days between 0 and 3650),
  log_days integer check (log_days between 0 and 3650),
  run_days integer check (run_days between 1 and 3650),
  changed_at timestamptz not null default now(),
  changed_by jsonb not null
);

-- What runs that were removed had published of a component's documents: a workflow that takes new documents
-- only does not take them again.
create table published_reference (
  organization_id uuid not null,
  workflow_id uuid not null,
  -- As the workflow names it.
  source text not null,
  reference text not null,
  -- Empty for a document of which the component says no version.
  version text not null,
  primary key (organization_id, workflow_id, source, reference, version),
  foreign key (organization_id, workflow_id) references workflow on delete cascade
);

-- Takes a run up again that has ended, for the control plane, which may not write what the data plane
-- reports. What was not published goes on; with "only_failed", what failed alone; with "chosen", these
-- documents alone, also such as were left out. Answers how many documents wait now; null when the run has not
-- ended.
create function retry_run(organization uuid, target uuid, chosen uuid[], only_failed boolean, asked_by jsonb) returns integer
language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  again integer;
begin
  update run set status = 'queued', cancel_requested = false, started_at = null, finished_at = null, failure = null, counts = null,
    retries = retries + 1, retried_by = asked_by, retried_at = now()
  where organization_id = organization and id = target and status in ('succeeded', 'failed', 'cancelled');
  if not found then
    return null;
  end if;
  update run_item set held = true, status = 'waiting', sent = 0
  where organization_id = organization and run_id = target and status in ('waiting', 'running');
  update run_item set held = false, status = 'waiting', sent = 0, attempts = 0, failure = null, finished_at = null
  where organization_id = organization and run_id = target and case
    when chosen is not null then id = any (chosen) and status in ('waiting', 'failed', 'skipped')
    when only_failed then status = 'failed'
    else status in ('waiting', 'failed')
  end;
  get diagnostics again = row_count;
  return again;
end $$;
