-- Where values may be sent, as somebody has asked for or decided.

-- What holds is what the audit record states: a row only shows it, and one that somebody writes here beside
-- the record approves nothing.
create table secret_destination (
  organization_id uuid not null,
  secret_id uuid not null,
  destination text not null check (length(destination) <= 300),
  state text not null check (state in ('requested', 'approved', 'refused', 'revoked')),
  asked_at timestamptz not null default now(),
  -- Null when an owner or admin has approved it without being asked, or the component is gone.
  asked_by jsonb,
  component_id uuid,
  decided_at timestamptz,
  decided_by jsonb,
  -- Why it was refused or revoked.
  reason text not null default '' check (length(reason) <= 500),
  primary key (organization_id, secret_id, destination),
  foreign key (organization_id, secret_id) references secret on delete cascade,
  foreign key (organization_id, component_id) references component on delete set null (component_id)
);
create index secret_destination_by_time on secret_destination (organization_id, asked_at desc, secret_id, destination);
create index secret_destination_waiting on secret_destination (organization_id, asked_at desc, secret_id, destination)
  where state = 'requested';
create index secret_destination_by_component on secret_destination (organization_id, component_id);

-- What becomes of a use whose destination nobody has approved. Without a row: it is refused. The data plane
-- takes it from the record.
create table destination_setting (
  organization_id uuid primary key,
  mode text not null check (mode in ('enforce', 'observe')),
  changed_at timestamptz not null default now(),
  changed_by jsonb not null
);

-- A mail to each owner and admin of an organization about what waits for them. Answers the ids of the mails,
-- which are to be put into the queue; none while no mail is set up. The data plane, which may not read
-- accounts, learns no address by it before it sends the mail.
create function mail_owners_and_admins(organization uuid, mail_kind text, mail_detail jsonb) returns setof uuid
language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  if mail_kind <> all (array['destination-requested', 'secret-requested']) then
    raise exception 'mails of the kind % go to others', mail_kind using errcode = 'insufficient_privilege';
  end if;
  return query
    insert into account_mail (id, kind, recipient, detail, console_url)
    select gen_random_uuid(), mail_kind, u.email, mail_detail || jsonb_build_object('name', u.name, 'organization', o.name, 'slug', o.slug),
      i.console_url
    from auth.member m
    join instance i on i.console_url is not null
    join auth."user" u on u.id = m."userId"
    join auth.organization o on o.id = m."organizationId"
    where m."organizationId" = organization and m.role in ('owner', 'admin') and exists (select from mail_sender)
    order by u.id
    returning id;
end $$;
