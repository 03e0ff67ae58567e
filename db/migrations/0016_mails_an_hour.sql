-- Mails owners and admins of what waits for them. Not who was mailed of something of that kind that still
-- waits: while one waits, there is no mail about others. And requests for secrets, which an editor can make
-- and withdraw as they like, six times an hour: what is not mailed so is at the next one.
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
  return query
    insert into account_mail (id, kind, recipient, detail, console_url)
    select gen_random_uuid(), mail_kind, u.email, mail_detail || jsonb_build_object('name', u.name, 'organization', o.name, 'slug', o.slug),
      i.console_url
    from auth.member m
    join instance i on i.console_url is not null
    join auth."user" u on u.id = m."userId"
    join auth.organization o on o.id = m."organizationId"
    cross join lateral (
      select count(*) filter (where made.created_at >= oldest) as of_waiting,
        count(*) filter (where made.created_at > now() - interval '1 hour') as of_hour
      from account_mail made
      where made.kind = mail_kind and made.recipient = u.email and made.detail ->> 'slug' = o.slug
    ) former
    where m."organizationId" = organization and m.role in ('owner', 'admin') and exists (select from mail_sender)
      and former.of_waiting = 0 and (mail_kind <> 'secret-requested' or former.of_hour < 6)
    order by u.id
    returning id;
end $$;
