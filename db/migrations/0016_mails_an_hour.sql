-- Mails owners and admins of what waits for them: six of a kind an hour, whatever was asked for, withdrawn
-- and asked for once more meanwhile. What waits stands in the console all the same, to which the mails lead.
create or replace function mail_owners_and_admins(organization uuid, mail_kind text, mail_detail jsonb) returns setof uuid
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
      and (
        select count(*) from account_mail sent
        where sent.created_at > now() - interval '1 hour' and sent.kind = mail_kind
          and sent.recipient = u.email and sent.detail ->> 'slug' = o.slug
      ) < 6
    order by u.id
    returning id;
end $$;
