-- Deleting an organization: asked for by an owner, taken back by any owner until its date, then done by the
-- data plane.

-- Everything goes on until the date.
create table organization_deletion (
  organization_id uuid primary key,
  requested_by jsonb not null,
  requested_at timestamptz not null default latest_time(),
  -- The control plane has no right to set it: for a week members see it, and an owner can take it back.
  delete_at timestamptz not null default latest_time() + interval '7 days',
  -- From here on nothing is taken back: its keys are gone.
  begun_at timestamptz
);
create index organization_deletion_due on organization_deletion (delete_at);

-- Organizations that are gone. Neither the id nor the short name is given out again: folders on the server go
-- by the short name, and so does what people's machines remember.
create table deleted_organization (
  id uuid primary key,
  slug text not null unique,
  deleted_at timestamptz not null default latest_time()
);

-- For the control plane, which has no DELETE. False when there is nothing to take back any more.
create function cancel_organization_deletion(target uuid) returns boolean
language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  delete from organization_deletion where organization_id = target and begun_at is null;
  return found;
end $$;

-- Keys, values and tokens, once the date has come: what is sealed opens nowhere from now on, before anything
-- else is removed.
create function begin_organization_deletion(target uuid) returns boolean
language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  update organization_deletion set begun_at = coalesce(begun_at, latest_time())
  where organization_id = target and delete_at <= latest_time();
  if not found then
    return false;
  end if;
  delete from organization_private_key where organization_id = target;
  delete from sealed_value where organization_id = target;
  delete from access_token where organization_id = target;
  update run set cancel_requested = true where organization_id = target and status in ('queued', 'running');
  return true;
end $$;

-- What another node has still written about the record of one that is gone.
create function remove_rest_of_deleted(target uuid) returns void
language plpgsql security definer set search_path = holdfast, pg_temp as $$
begin
  if exists (select from deleted_organization where id = target) then
    delete from audit_tile where organization_id = target;
    delete from checkpoint where organization_id = target;
    delete from record_state where organization_id = target;
  end if;
end $$;

-- Everything else of it, its record included. False when another node was first.
create function finish_organization_deletion(target uuid) returns boolean
language plpgsql security definer set search_path = holdfast, pg_temp as $$
declare
  relation text;
begin
  perform from organization_deletion where organization_id = target and begun_at is not null for update;
  if not found then
    return false;
  end if;
  -- Nobody appends meanwhile: append_audit waits for this row, and finds the organization gone.
  perform from audit_head where organization_id = target for update;
  foreach relation in array array[
    'run_log', 'item_result', 'item_step', 'run_item', 'document_chunk', 'document', 'run', 'workflow_version',
    'workflow_component', 'published_reference', 'workflow', 'retention',
    'component_test', 'binding', 'secret_use_day', 'secret_scope', 'secret_request', 'secret_destination',
    'destination_setting', 'sealed_value',
    'secret_version', 'secret', 'deleted_secret', 'component', 'project', 'organization_private_key',
    'key_rotation_failure', 'key_rotation', 'organization_key', 'invitation_mail', 'invitation_count', 'access_token',
    'document_usage', 'secret_count', 'audit_tile', 'checkpoint', 'record_state', 'audit_event', 'audit_head'
  ] loop
    execute format('delete from holdfast.%I where organization_id = $1', relation) using target;
  end loop;
  insert into deleted_organization (id, slug) select id, slug from auth.organization where id = target on conflict do nothing;
  -- Its members and invitations go with it.
  delete from auth.organization where id = target;
  delete from organization_deletion where organization_id = target;
  return true;
end $$;
