-- Projects, secrets, their versions and sealed values, components and their bindings.

create table project (
  organization_id uuid not null,
  id uuid not null,
  name text not null check (length(name) between 1 and 120),
  description text not null default '' check (length(description) <= 4000),
  created_at timestamptz not null default now(),
  created_by jsonb not null,
  primary key (organization_id, id)
);
create unique index project_name on project (organization_id, lower(name));

create table component (
  organization_id uuid not null,
  id uuid not null,
  project_id uuid not null,
  name text not null check (length(name) between 1 and 120),
  type text not null,
  -- Of a sensitive option only the text around several secrets: the secrets are bindings.
  configuration jsonb not null,
  -- Where its options say that it sends, apart from what its values say.
  destinations text[] not null default '{}',
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  created_by jsonb not null,
  updated_at timestamptz not null default now(),
  updated_by jsonb not null,
  -- SHA-256 of the request that saved it last, to know it when it is sent again.
  request_hash bytea check (length(request_hash) = 32),
  primary key (organization_id, id),
  foreign key (organization_id, project_id) references project
);
create unique index component_name on component (organization_id, project_id, lower(name));

-- A secret has a name and belongs to the organization; a component's own sealed value is a secret without a
-- name.
create table secret (
  organization_id uuid not null,
  id uuid not null,
  -- What a search looks through, in lower case. A name has no such character in it. So far in front that it
  -- always stands at the same place of a row: a search reads it of every secret, and nothing else.
  search_text text generated always as (lower(name || E'\x01' || description)) stored,
  name text check (name ~ '^[A-Za-z][A-Za-z0-9_-]{0,127}$'),
  component_id uuid,
  description text not null default '' check (length(description) <= 4000),
  kind text not null default 'other',
  owner_user_id uuid,
  all_projects boolean not null default true,
  rotation_days integer check (rotation_days between 1 and 3650),
  rotation_due_at timestamptz,
  expires_at timestamptz,
  destinations text[] not null default '{}',
  -- Counts the decisions about further destinations: a use that is open notices that there was one.
  destination_decisions integer not null default 0,
  obtain_url text,
  -- Counts the changes of what is known about the secret, with the count at which each field was changed
  -- last, and who made the last one.
  metadata_revision integer not null default 1,
  metadata_fields jsonb not null default '{}',
  metadata_changed_by jsonb,
  created_at timestamptz not null default now(),
  created_by jsonb not null,
  replaced_at timestamptz,
  replaced_by jsonb,
  last_used_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, component_id) references component on delete cascade,
  check ((name is null) = (component_id is not null))
);
-- Not of values without a name: an index of all secrets would be taken for looking one up by its id, which
-- the foreign keys do for every new version, while the table is small, and then read the whole organization.
create unique index secret_name on secret (organization_id, lower(name)) where name is not null;
-- The orders of the list. Not by the last use: an index would make every use of a secret write into all of
-- its indexes.
create index secret_by_creation on secret (organization_id, created_at, lower(name)) where name is not null;
create index secret_by_due_time on secret
  (organization_id, coalesce(least(rotation_due_at, expires_at), 'infinity'::timestamptz), lower(name)) where name is not null;
create index secret_component on secret (organization_id, component_id) where component_id is not null;

-- What a search finds secrets by: each three characters that follow each other in a word, and each six of a
-- number, as numbers that differ from one organization to the next. A text that has another one in it has all
-- of the other's; who finds rows by them compares the texts, since not every text that has them all does.
-- What parts words is left out: it would be half of them, and say little. Six digits, because names often
-- differ only in a number, of which three digits say little.
create function search_grams(organization uuid, searched text) returns integer[]
language plpgsql immutable strict parallel safe as $$
declare
  seed constant integer := uuid_hash(organization);
  grams integer[] := '{}';
  found integer := 0;
  word text;
  digits text;
begin
  foreach word in array string_to_array(translate(searched, E'\x01\n\r\t!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', repeat(' ', 36)), ' ') loop
    for at in 1 .. length(word) - 2 loop
      found := found + 1;
      grams[found] := hashtext(substr(word, at, 3)) # seed;
    end loop;
    continue when word !~ '[0-9]{6}';
    for at in 1 .. length(word) - 5 loop
      digits := substr(word, at, 6);
      continue when digits !~ '^[0-9]{6}$';
      found := found + 1;
      grams[found] := hashtext(digits) # seed;
    end loop;
  end loop;
  return grams;
end $$;
-- A new secret goes into a list in front of the index, which is put into it some hundred secrets at a time,
-- and which every search reads.
create index secret_search on secret using gin (search_grams(organization_id, search_text))
  with (fastupdate = on, gin_pending_list_limit = 256) where name is not null;
-- Nothing would be decided by it, and it would take long to find out.
alter index secret_search alter column 1 set statistics 0;

-- Secrets with a name in each organization. Kept by the triggers, so that no request has to count them. Who
-- adds one holds the row until the commit: with the limit in it no two of them are the last one.
create table secret_count (
  organization_id uuid primary key,
  named integer not null
);
create function count_secrets() returns trigger language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  insert into secret_count as c (organization_id, named)
  select s.organization_id, count(*) * case tg_op when 'INSERT' then 1 else -1 end
  from changed s where s.name is not null group by s.organization_id order by s.organization_id
  on conflict (organization_id) do update set named = c.named + excluded.named;
  return null;
end $$;
create trigger secret_added after insert on secret
  referencing new table as changed for each statement execute function count_secrets();
create trigger secret_removed after delete on secret
  referencing old table as changed for each statement execute function count_secrets();

-- The ids of secrets that were deleted: none of them is ever given a value again.
create table deleted_secret (
  organization_id uuid not null,
  id uuid not null,
  primary key (organization_id, id)
);
create function remember_deleted_secret() returns trigger language plpgsql as $$
begin
  insert into deleted_secret values (old.organization_id, old.id) on conflict do nothing;
  return old;
end $$;
create trigger secret_deleted after delete on secret for each row execute function remember_deleted_secret();

create table secret_scope (
  organization_id uuid not null,
  secret_id uuid not null,
  project_id uuid not null,
  primary key (organization_id, secret_id, project_id),
  foreign key (organization_id, secret_id) references secret on delete cascade,
  foreign key (organization_id, project_id) references project on delete cascade
);

create table secret_version (
  organization_id uuid not null,
  secret_id uuid not null,
  id uuid not null,
  key_id uuid not null,
  state text not null check (state in ('current', 'pending', 'superseded')),
  sequence bigint not null generated always as identity,
  created_at timestamptz not null default now(),
  created_by jsonb not null,
  -- SHA-256 of the request that brought it, to know it when it is sent again.
  request_hash bytea check (length(request_hash) = 32),
  primary key (organization_id, id),
  foreign key (organization_id, secret_id) references secret on delete cascade,
  foreign key (organization_id, key_id) references organization_key
);
create unique index secret_version_one_current on secret_version (organization_id, secret_id) where state = 'current';
create unique index secret_version_one_pending on secret_version (organization_id, secret_id) where state = 'pending';
create index secret_version_by_secret on secret_version (organization_id, secret_id, sequence desc);

create index secret_version_by_key on secret_version (organization_id, key_id) where state <> 'superseded';

-- A value that was sealed for a key whose private half is gone would be lost: it is refused, also when its
-- transaction began before the key was destroyed. The lock waits for a destruction that is under way, and
-- keeps one from beginning until the value is there to count.
create function refuse_destroyed_key() returns trigger language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  perform from organization_key k
  where k.organization_id = new.organization_id and k.id = new.key_id and k.destroyed_at is null for key share;
  if not found then
    raise exception 'the sealing key % was destroyed', new.key_id using errcode = 'check_violation', constraint = 'secret_version_key_usable';
  end if;
  return new;
end $$;
create trigger secret_version_key_usable before insert or update of key_id on secret_version
  for each row when (new.state <> 'superseded') execute function refuse_destroyed_key();

-- The control plane may insert here and never read. Superseded versions lose their sealed value when they are
-- replaced.
create table sealed_value (
  organization_id uuid not null,
  version_id uuid not null,
  sealed bytea not null check (length(sealed) between 1000 and 90000),
  primary key (organization_id, version_id),
  foreign key (organization_id, version_id) references secret_version on delete cascade
);

-- A place in a consumer that uses a secret. secret_id becomes null when the secret is deleted: the place is
-- broken until it is saved again, and a new secret of the same name does not silently take its place.
create table binding (
  organization_id uuid not null,
  id uuid not null,
  consumer_kind text not null default 'component' check (consumer_kind = any (array['component'])),
  consumer_id uuid not null,
  -- The consumer once more, for its foreign key: a kind has a column of its own, which goes with the row that
  -- it names.
  component_id uuid generated always as (case when consumer_kind = 'component' then consumer_id end) stored,
  option text not null,
  -- The name in a text with secrets in it; empty when the secret is the whole value of the option.
  reference text not null default '',
  secret_id uuid,
  secret_name text,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, consumer_id, option, reference),
  foreign key (organization_id, component_id) references component on delete cascade,
  foreign key (organization_id, secret_id) references secret on delete set null (secret_id)
);
create index binding_by_secret on binding (organization_id, secret_id);
create index binding_by_component on binding (organization_id, component_id);

-- Secrets that members have asked owners and admins for: a name and words, and no place for a value.
create table secret_request (
  organization_id uuid not null,
  id uuid not null,
  name text not null check (name ~ '^[A-Za-z][A-Za-z0-9_-]{0,127}$'),
  project_id uuid not null,
  -- What it is for, as its form called it; the component is null while it is not saved, and when it is gone.
  component_id uuid,
  component_type text not null check (length(component_type) <= 100),
  option text not null check (length(option) <= 100),
  note text not null default '' check (length(note) <= 1000),
  state text not null check (state in ('waiting', 'fulfilled', 'declined', 'withdrawn')),
  asked_at timestamptz not null default now(),
  asked_by jsonb not null,
  decided_at timestamptz,
  decided_by jsonb,
  -- Why it was declined.
  reason text not null default '' check (length(reason) <= 500),
  -- The secret that fulfilled it, as it was called.
  secret_name text,
  primary key (organization_id, id),
  foreign key (organization_id, project_id) references project on delete cascade,
  foreign key (organization_id, component_id) references component on delete set null (component_id)
);
create unique index secret_request_waiting on secret_request (organization_id, project_id, lower(name)) where state = 'waiting';
create index secret_request_by_time on secret_request (organization_id, asked_at desc, id desc);
create index secret_request_by_project on secret_request (organization_id, project_id);
create index secret_request_by_component on secret_request (organization_id, component_id);

create table secret_use_day (
  organization_id uuid not null,
  secret_id uuid not null,
  day date not null,
  uses integer not null,
  primary key (organization_id, secret_id, day),
  foreign key (organization_id, secret_id) references secret on delete cascade
);

-- Adds secrets with their first versions, and the events that say so, in the order in which they are given.
-- Answers when each was made: null where the name is taken and, unless "any_key", where the key is not the
-- current one or the id was deleted. Lists of lists are JSON. It runs with the rights of its caller. The row
-- of secret_count is locked before the head of the record, as everywhere. A statement for each table: one for
-- all of them took a fifth longer for one secret, and no less for 16. By the places in the lists: to put 13
-- lists side by side, as unnest does, took a tenth of the time for 16.
create function create_secrets(
  organization uuid, ids uuid[], names text[], descriptions text[], kinds text[], owners uuid[], projects jsonb[],
  rotations integer[], rotations_due timestamptz[], expiries timestamptz[], narrowed jsonb[], obtained_at text[], actors jsonb[],
  versions uuid[], sealing_keys uuid[], requests bytea[], sealed_values bytea[], bodies text[], maximum integer, any_key boolean
) returns timestamptz[] language plpgsql set search_path = holdfast, pg_temp
-- Every call is the same.
set plan_cache_mode = force_generic_plan as $$
declare
  made uuid[];
  too_many boolean;
  waiting text;
begin
  with added as (
    insert into secret (organization_id, id, name, description, kind, owner_user_id, all_projects, rotation_days, rotation_due_at,
      expires_at, destinations, obtain_url, created_by)
    select organization, ids[w.place], names[w.place], descriptions[w.place], kinds[w.place], owners[w.place],
      projects[w.place] is null, rotations[w.place], rotations_due[w.place], expiries[w.place],
      case when narrowed[w.place] = '[]' then '{}' else array(select jsonb_array_elements_text(narrowed[w.place])) end,
      obtained_at[w.place], actors[w.place]
    from generate_subscripts(ids, 1) as w (place)
    where any_key or (
      sealing_keys[w.place] = (select k.id from organization_key k where k.organization_id = organization and k.current)
      and ids[w.place] <> all (array(select d.id from deleted_secret d where d.organization_id = organization and d.id = any (ids))))
    on conflict (organization_id, lower(name)) where name is not null do nothing
    returning id
  )
  select array_agg(id) into made from added;
  if made is null then
    return array_fill(null::timestamptz, array[cardinality(ids)]);
  end if;
  if cardinality(array_remove(projects, null)) > 0 then
    insert into secret_scope (organization_id, secret_id, project_id)
    select organization, ids[w.place], project.id::uuid
    from generate_subscripts(ids, 1) as w (place), jsonb_array_elements_text(projects[w.place]) as project (id)
    where ids[w.place] = any (made);
  end if;
  insert into secret_version (organization_id, secret_id, id, key_id, state, created_by, request_hash)
  select organization, ids[w.place], versions[w.place], sealing_keys[w.place], 'current', actors[w.place], requests[w.place]
  from generate_subscripts(ids, 1) as w (place)
  where ids[w.place] = any (made);
  insert into sealed_value (organization_id, version_id, sealed)
  select organization, versions[w.place], sealed_values[w.place]
  from generate_subscripts(ids, 1) as w (place)
  where ids[w.place] = any (made);
  -- And what is left of the 1.25 seconds for locks, as in db/append-deadline.ts.
  select c.named > maximum, set_config('lock_timeout',
    greatest(100, 1250 - (extract(epoch from clock_timestamp() - now()) * 1000)::integer)::text, true)
  into too_many, waiting from secret_count c where c.organization_id = organization;
  if too_many then
    raise exception 'the organization has % secrets', maximum using errcode = 'check_violation', constraint = 'secret_count_limit';
  end if;
  if cardinality(made) = cardinality(ids) then
    perform append_audit(organization, bodies);
    return array_fill(now(), array[cardinality(ids)]);
  end if;
  perform append_audit(organization, array(
    select w.body from unnest(ids, bodies) with ordinality as w (id, body, position) where w.id = any (made) order by w.position));
  return array(
    select case when w.id = any (made) then now() end from unnest(ids) with ordinality as w (id, position) order by w.position);
end $$;
