-- What starts runs of a workflow by itself: a time, a request that somebody signed, new documents in a
-- connector, an upload. The control plane writes what a trigger is, the data plane what became of it.

create table workflow_trigger (
  organization_id uuid not null,
  id uuid not null,
  workflow_id uuid not null,
  kind text not null check (kind = any (array['cron', 'webhook', 'poll', 'upload'])),
  name text not null check (length(name) between 1 and 120),
  enabled boolean not null default true,
  configuration jsonb not null,
  revision integer not null default 1,
  -- Of an upload address: SHA-256 of its token, and when it ends.
  token_hash bytea check (length(token_hash) = 32),
  token_expires_at timestamptz,
  created_at timestamptz not null default now(),
  created_by jsonb not null,
  updated_at timestamptz not null default now(),
  updated_by jsonb not null,
  primary key (organization_id, id),
  foreign key (organization_id, workflow_id) references workflow on delete cascade,
  check ((token_hash is not null) = (kind = 'upload'))
);
create unique index workflow_trigger_name on workflow_trigger (organization_id, workflow_id, lower(name));
create index workflow_trigger_of_time on workflow_trigger (organization_id, id) where enabled and kind in ('cron', 'poll');

-- Where a trigger stands: when it is due next, and how it ended last.
create table trigger_state (
  organization_id uuid not null,
  trigger_id uuid not null,
  -- Of the trigger that next_at was found for: another one finds it again.
  revision integer not null default 0,
  next_at timestamptz,
  -- Attempts that failed one after another; the pause grows with them.
  failures integer not null default 0,
  last_at timestamptz,
  outcome text check (outcome = any (array['started', 'repeated', 'nothing-new', 'under-way', 'missed', 'refused', 'failed'])),
  run_id uuid,
  failure jsonb,
  primary key (organization_id, trigger_id),
  foreign key (organization_id, trigger_id) references workflow_trigger on delete cascade
);
create index trigger_state_due on trigger_state (next_at) where next_at is not null;

-- A trigger is a consumer: its key is an organization secret.
alter table binding drop constraint binding_consumer_kind_check;
alter table binding add constraint binding_consumer_kind_check check (consumer_kind = any (array['component', 'trigger']));
alter table binding add column trigger_id uuid generated always as (case when consumer_kind = 'trigger' then consumer_id end) stored;
alter table binding add foreign key (organization_id, trigger_id) references workflow_trigger on delete cascade;
create index binding_by_trigger on binding (organization_id, trigger_id);
