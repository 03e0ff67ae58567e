-- Mails of what waits are six an hour for each kind and person, whatever an editor asks for and withdraws.
-- What would be the seventh waits until six an hour allow it, and then says how many others were asked for
-- since. It is sent whether anything still waits by then: who has used up the six can delay what owners and
-- admins hear by an hour, and keeps nothing from them.
alter table account_mail add column due_at timestamptz not null default now();
update account_mail set due_at = created_at;
create index account_mail_by_recipient on account_mail (recipient, kind, due_at);

create or replace function mail_owners_and_admins(organization uuid, mail_kind text, mail_detail jsonb) returns setof uuid
language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  oldest timestamptz;
begin
  case mail_kind
    when 'destination-requested' then
      select min(asked_at) into oldest from secret_destination where organization_id = organization and state = 'requested';
    when 'secret-requested' then
      select min(asked_at) into oldest from secret_request where organization_id = organization and state = 'waiting';
    else
      raise exception 'mails of the kind % go to others', mail_kind using errcode = 'insufficient_privilege';
  end case;
  -- A mail that is not due yet stands for what is asked for meanwhile.
  update account_mail made
    set detail = made.detail || jsonb_build_object('others', ((made.detail ->> 'others')::integer + 1)::text)
  from auth.organization o
  where o.id = organization and made.detail ->> 'slug' = o.slug and made.detail ? 'others'
    and made.kind = mail_kind and made.due_at > clock_timestamp() and made.sent_at is null;
  return query
    insert into account_mail (id, kind, recipient, detail, console_url, due_at)
    select gen_random_uuid(), mail_kind, u.email,
      mail_detail || jsonb_build_object('name', u.name, 'organization', o.name, 'slug', o.slug)
        || case when former.sixth is null then '{}' else jsonb_build_object('others', '0') end,
      i.console_url, coalesce(former.sixth + interval '1 hour', now())
    from auth.member m
    join instance i on i.console_url is not null
    join auth."user" u on u.id = m."userId"
    join auth.organization o on o.id = m."organizationId"
    cross join lateral (
      -- Who is mailed of something that waits is not mailed of others.
      select count(*) filter (where made.due_at >= oldest or made.due_at > clock_timestamp()) as of_waiting,
        (array_agg(made.due_at order by made.due_at desc) filter (where made.due_at > now() - interval '1 hour'))[6] as sixth
      from account_mail made
      where made.kind = mail_kind and made.recipient = u.email and made.detail ->> 'slug' = o.slug
    ) former
    where m."organizationId" = organization and m.role in ('owner', 'admin') and exists (select from mail_sender)
      and former.of_waiting = 0
    order by u.id
    returning id;
end $$;
