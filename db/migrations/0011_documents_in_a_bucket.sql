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
