-- A mail may lie for an hour before it is sent: to be asked then is whether it is still for the one to whom
-- it was written. And one of several that were asked for at once counts all of them.
create function is_still_addressed(mail uuid) returns boolean
language sql stable security definer set search_path = holdfast, pg_temp as $$
  select made.kind not in ('destination-requested', 'secret-requested') or exists (
    select from auth.organization o
    join auth.member m on m."organizationId" = o.id and m.role in ('owner', 'admin')
    join auth."user" u on u.id = m."userId"
    where o.slug = made.detail ->> 'slug' and u.email = made.recipient)
  from account_mail made where made.id = mail
$$;
revoke all on function is_still_addressed from public;

-- `asked` in the detail: how many are asked for in this transaction; the mail names the first.
create or replace function mail_owners_and_admins(organization uuid, mail_kind text, mail_detail jsonb) returns setof uuid
language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  oldest timestamptz;
  asked integer := coalesce((mail_detail ->> 'asked')::integer, 1);
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
    set detail = made.detail || jsonb_build_object('others', ((made.detail ->> 'others')::integer + asked)::text)
  from auth.organization o
  where o.id = organization and made.detail ->> 'slug' = o.slug and made.detail ? 'others'
    and made.kind = mail_kind and made.due_at > clock_timestamp() and made.sent_at is null;
  return query
    insert into account_mail (id, kind, recipient, detail, console_url, due_at)
    select gen_random_uuid(), mail_kind, u.email,
      mail_detail - 'asked' || jsonb_build_object('name', u.name, 'organization', o.name, 'slug', o.slug)
        || case when former.sixth is null then '{}' else jsonb_build_object('others', (asked - 1)::text) end,
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
