-- May this project use this secret? The one author of the rule in SQL: whatever shows or decides it before a
-- use asks here. The data plane decides by the same rule in code (data/use/values/check-usable.ts), because
-- it asks with what the audit record vouches for; a test over both planes compares the answers
-- (tests/flows/usable.test.ts). Applied after the migrations, in place of the former views: see
-- apply-usable.ts.

drop function if exists has_expired, destination_state;

-- What decides whether something has expired. "latest" is (select latest_time()), which is read once for each
-- statement.
create function has_expired(expires_at timestamptz, latest timestamptz) returns boolean language sql immutable parallel safe
  return expires_at <= latest;

-- What may hold bindings. A next kind of consumer is one more branch.
create view consumer with (security_invoker = true) as
  select c.organization_id, 'component'::text as kind, c.id, c.project_id, c.name from component c
  union all
  select t.organization_id, 'trigger', t.id, w.project_id, t.name from workflow_trigger t
  join workflow w on w.organization_id = t.organization_id and w.id = t.workflow_id;

-- Each secret in each project. Whether a component's own value may be used is asked by its binding: see
-- binding_in_project.
create view secret_in_project with (security_invoker = true) as
  select s.organization_id, s.id as secret_id, s.name, s.component_id, p.id as project_id, facts.in_scope,
    case
      when not exists (
        select from secret_version v
        where v.organization_id = s.organization_id and v.secret_id = s.id and v.state = 'current') then 'secret_missing'
      when has_expired(s.expires_at, (select latest_time())) then 'secret_expired'
      when not facts.in_scope then 'secret_out_of_scope'
      else 'ok'
    end as state
  from secret s
  join project p on p.organization_id = s.organization_id
  cross join lateral (
    select s.component_id is not null or s.all_projects or exists (
      select from secret_scope x
      where x.organization_id = s.organization_id and x.secret_id = s.id and x.project_id = p.id) as in_scope) facts;

-- Each binding, with what a use of it would say. An own value is its owner's alone.
create view binding_in_project with (security_invoker = true) as
  select b.organization_id, b.id as binding_id, b.consumer_kind, b.consumer_id, c.project_id, b.option, b.reference, b.secret_id,
    -- As it is called now, or as it was called when it was deleted; null for an own value.
    coalesce(u.name, b.secret_name) as secret_name,
    case when u.secret_id is null or u.component_id <> b.consumer_id then 'secret_missing' else u.state end as state
  from binding b
  join consumer c on c.organization_id = b.organization_id and c.kind = b.consumer_kind and c.id = b.consumer_id
  left join secret_in_project u
    on u.organization_id = b.organization_id and u.secret_id = b.secret_id and u.project_id = c.project_id;

-- What a use would say of a secret and a destination: of the secret's own destinations, and of what was
-- decided or asked for. What a value names by itself, and what was sealed with it, is not known here: a use
-- decides (data/use/values/destinations.ts).
create function destination_state(own text[], destination text, decided text) returns text language sql immutable parallel safe
  return case
    when cardinality(own) = 0 then coalesce(decided, 'unasked')
    when destination = any (own) then 'approved'
    else 'narrowed'
  end;

-- Where consumers send which secrets, as far as their options say it.
create view destination_in_use with (security_invoker = true) as
  select distinct b.organization_id, b.consumer_id, b.secret_id, s.name as secret_name, d.destination,
    destination_state(s.destinations, d.destination, a.state) as state
  from binding b
  join component c on c.organization_id = b.organization_id and c.id = b.component_id
  cross join lateral unnest(c.destinations) as d (destination)
  join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
  left join secret_destination a
    on a.organization_id = s.organization_id and a.secret_id = s.id and a.destination = d.destination;
