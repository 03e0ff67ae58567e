-- The instance, its signing key, and the keys of its organizations.
-- Accounts, organizations, members and invitations are better-auth's tables, in the schema "auth" (0002).
-- Every tenant table leads its primary key with the organization, so that one database may be sharded by it.

create table instance (
  singleton boolean primary key default true check (singleton),
  id uuid not null,
  -- Grows when the record was set back: by a restore, or when an operator accepted it. Part of the name of
  -- every log.
  epoch integer not null default 0 check (epoch >= 0),
  -- The home that made this database: it decides whose it is until the first key is made.
  home_id uuid,
  -- The planes log in as <prefix>_control and <prefix>_data: roles belong to the server, which may hold other
  -- instances.
  role_prefix text not null check (role_prefix ~ '^[a-z][a-z0-9_]{0,40}$'),
  -- Where people reach the console, as the control plane that started last has it: for links in mails that
  -- the data plane asks for. Null before one has started.
  console_url text,
  created_at timestamptz not null default now()
);

-- The latest time that was seen. Whether something has expired is decided against it, so that a clock that is
-- set back brings nothing back to life. Only advance_latest_time() writes it, at most once a second. A clock
-- that was wrong in the future leaves it there: "holdfast doctor" says so, and the owner of the tables sets
-- it back.
create table clock (
  singleton boolean primary key default true check (singleton),
  latest timestamptz not null default clock_timestamp()
);
insert into clock default values;

create function latest_time() returns timestamptz language sql stable set search_path = holdfast, pg_temp as
  $$ select greatest(now(), latest) from clock $$;

create function advance_latest_time() returns timestamptz language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  moment timestamptz := clock_timestamp();
  known timestamptz;
begin
  select latest into strict known from clock;
  if moment > known + interval '1 second' then
    update clock set latest = moment where latest < moment;
  end if;
  return greatest(moment, known);
end $$;

-- SHA-256 of the one-time setup tokens, one of each home of a control plane; the rows are gone once the
-- instance is set up.
create table setup_token (
  -- host:path
  home text primary key,
  token_hash bytea not null check (length(token_hash) = 32),
  created_at timestamptz not null default now()
);

-- The data plane's Ed25519 key: signs organizations' public keys and checkpoints.
create table signing_key (
  id uuid primary key,
  public_key bytea not null check (length(public_key) = 32),
  current boolean not null,
  created_at timestamptz not null default now()
);
create unique index signing_key_one_current on signing_key (current) where current;

create table signing_private_key (
  id uuid primary key references signing_key on delete cascade,
  root_key_id text not null,
  wrapped bytea not null
);

create table organization_key (
  organization_id uuid not null,
  id uuid not null,
  generation integer not null check (generation >= 1),
  public_key bytea not null check (length(public_key) = 1216),
  signature bytea not null check (length(signature) = 64),
  signing_key_id uuid not null references signing_key,
  current boolean not null,
  created_at timestamptz not null default now(),
  -- When the next key took its place; from then on its values are sealed again under that one.
  retired_at timestamptz,
  -- When its private key was destroyed: nothing was sealed under it any more.
  destroyed_at timestamptz,
  primary key (organization_id, id),
  unique (organization_id, generation),
  check (current = (retired_at is null)),
  check (destroyed_at is null or retired_at is not null)
);
create unique index organization_key_one_current on organization_key (organization_id) where current;
create index organization_key_retired on organization_key (organization_id) where retired_at is not null and destroyed_at is null;

create table organization_private_key (
  organization_id uuid not null,
  id uuid not null,
  root_key_id text not null,
  wrapped bytea not null,
  primary key (organization_id, id),
  foreign key (organization_id, id) references organization_key on delete cascade
);

-- Owners ask for a rotation; the data plane makes the new key, seals every value again under it, and says
-- here how far it is.
create table key_rotation (
  organization_id uuid not null,
  id uuid not null,
  sequence bigint not null generated always as identity,
  requested_at timestamptz not null default now(),
  requested_by jsonb not null,
  from_key_id uuid,
  to_key_id uuid,
  started_at timestamptz,
  -- Values under older keys when it began.
  values_total integer not null default 0,
  values_resealed integer not null default 0,
  -- The code of what keeps it from going on, while something does.
  waiting_for text,
  finished_at timestamptz,
  primary key (organization_id, id)
);
create unique index key_rotation_one_unfinished on key_rotation (organization_id) where finished_at is null;
create index key_rotation_newest on key_rotation (organization_id, sequence desc);

-- Values that a rotation could not seal again; the key that they are under is kept.
create table key_rotation_failure (
  organization_id uuid not null,
  rotation_id uuid not null,
  version_id uuid not null,
  secret_id uuid not null,
  name text not null,
  code text not null,
  primary key (organization_id, rotation_id, version_id),
  foreign key (organization_id, rotation_id) references key_rotation on delete cascade
);

-- Tokens for programs. Only the SHA-256 of a token is kept; a token has 256 random bits.
create table access_token (
  organization_id uuid not null,
  id uuid not null,
  member_user_id uuid not null,
  name text not null check (length(name) between 1 and 120),
  token_hash bytea not null unique check (length(token_hash) = 32),
  -- The order in which rows were made, whatever the clock said; the same in every table that is listed newest
  -- first.
  sequence bigint not null generated always as identity,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  primary key (organization_id, id)
);
create index access_token_by_user on access_token (organization_id, member_user_id);
