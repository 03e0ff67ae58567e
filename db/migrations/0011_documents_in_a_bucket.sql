-- Bytes of documents may lie in an S3-compatible bucket (HOLDFAST_DOCUMENTS_BUCKET of the data planes).
-- Uploads come into document_chunk in any case, and are moved from there.

alter table document add column in_bucket boolean not null default false;

-- Objects whose document was removed, by whatever statement: they go from the bucket soon after.
create table removed_object (
  -- organization/document, below the prefix that the operator chose.
  key text primary key,
  removed_at timestamptz not null default now()
);

-- What lies in the bucket counts as chunks do. False when the document is not there any more: the caller
-- removes the object.
create function place_in_bucket(organization uuid, document uuid) returns boolean
language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  length bigint;
begin
  update document d set in_bucket = true where d.organization_id = organization and d.id = document and not d.in_bucket
    returning d.size into length;
  if not found then
    return false;
  end if;
  delete from document_chunk c where c.organization_id = organization and c.document_id = document;
  insert into document_usage as u (organization_id, bytes) values (organization, length)
    on conflict (organization_id) do update set bytes = u.bytes + excluded.bytes;
  return true;
end $$;
revoke execute on function place_in_bucket from public;

create function note_removed_objects() returns trigger
language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  insert into removed_object (key) select organization_id || '/' || id from removed where in_bucket on conflict do nothing;
  insert into document_usage as u (organization_id, bytes)
    select organization_id, -sum(size) from removed where in_bucket group by organization_id order by organization_id
    on conflict (organization_id) do update set bytes = u.bytes + excluded.bytes;
  return null;
end $$;
create trigger document_removed after delete on document
  referencing old table as removed for each statement execute function note_removed_objects();

-- A member may read a document that lies in the bucket, of the data plane: once, within two minutes. The
-- control plane gives it out, and reaches no bucket.
create table document_ticket (
  organization_id uuid not null,
  -- SHA-256 of the token in the address.
  token_hash bytea not null check (length(token_hash) = 32),
  document_id uuid not null,
  member_id uuid not null references auth."member" ("id") on delete cascade,
  -- What the member was when it was given out, and with which access token it was asked for.
  role text not null,
  access_token_id uuid,
  actor jsonb not null,
  context jsonb not null,
  expires_at timestamptz not null,
  primary key (organization_id, token_hash),
  foreign key (organization_id, document_id) references document on delete cascade
);
create index document_ticket_by_document on document_ticket (organization_id, document_id);
create index document_ticket_by_member on document_ticket (member_id);
create index document_ticket_by_time on document_ticket (expires_at);

-- Ends a ticket, whether it is good or not. `valid` only while the member has the role, and the access token
-- is there: the data plane reads neither.
create function redeem_document_ticket(organization uuid, hash bytea)
returns table (document_id uuid, actor jsonb, context jsonb, expires_at timestamptz, valid boolean)
language sql security definer set search_path = holdfast, pg_temp as $$
  delete from document_ticket t where t.organization_id = organization and t.token_hash = hash
  returning t.document_id, t.actor, t.context, t.expires_at,
    exists (select from auth."member" m where m."id" = t.member_id and m."organizationId" = t.organization_id and m."role" = t.role)
      and (t.access_token_id is null
        or exists (select from access_token a where a.organization_id = t.organization_id and a.id = t.access_token_id))
$$;
revoke execute on function redeem_document_ticket from public;
