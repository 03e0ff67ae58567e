-- What each plane's role may do. Run after every migration; it is the whole list, so what is not here is not granted.
-- holdfast_control seals only: it cannot read a sealed value, a wrapped key or the signing key's private part.
-- holdfast_data opens only: it cannot read accounts, sessions or tokens.

revoke all on all tables in schema holdfast from public, holdfast_control, holdfast_data;
revoke all on all functions in schema holdfast from public, holdfast_control, holdfast_data;
revoke all on all tables in schema queue from public, holdfast_control, holdfast_data;
revoke all on all functions in schema queue from public, holdfast_control, holdfast_data;
grant usage on schema holdfast, queue to holdfast_control, holdfast_data;
grant usage on schema auth to holdfast_control, holdfast_data;
grant execute on function append_audit to holdfast_control, holdfast_data;
-- The latest time that was seen may be read, and moved forward by its function alone.
grant select on clock to holdfast_control, holdfast_data;
grant execute on function latest_time, advance_latest_time to holdfast_control, holdfast_data;

-- Control
grant select, insert, update, delete on all tables in schema auth to holdfast_control;
grant select on instance, signing_key, organization_key, source_folder, schema_migration, secret_use_day,
  audit_event, audit_head, audit_tile, checkpoint, record_state, document_chunk to holdfast_control;
grant select, insert, delete on setup_token, access_token, invitation_token to holdfast_control;
grant update (last_used_at) on access_token to holdfast_control;
grant select, insert on deleted_secret to holdfast_control;
grant select, insert, update, delete on project, component, secret, secret_scope, secret_version, binding, workflow, workflow_step,
  document, component_test to holdfast_control;
grant select, insert, delete on run, run_item to holdfast_control;
grant update (cancel_requested) on run to holdfast_control;
grant select on run_log to holdfast_control;
grant insert, delete on document_chunk to holdfast_control;
grant insert on sealed_value to holdfast_control;
grant select (organization_id, version_id), delete on sealed_value to holdfast_control;
-- A job may be put in, with the change that asks for it; not taken, ended or taken out.
grant select on queue.version, queue.queue to holdfast_control;
grant select, insert on queue.job, queue.job_common to holdfast_control;
grant execute on function queue.job_now to holdfast_control;

-- Data
grant select on instance, schema_migration, project, component, secret, secret_scope, secret_version, sealed_value, binding, workflow,
  workflow_step, document, document_chunk, audit_event, audit_head to holdfast_data;
grant select, insert, update on audit_tile to holdfast_data;
grant select, insert on checkpoint to holdfast_data;
grant delete on checkpoint to holdfast_data;
grant select, insert, update on record_state to holdfast_data;
grant update (epoch) on instance to holdfast_data;
grant select, insert on signing_key, signing_private_key, organization_key, organization_private_key to holdfast_data;
grant update (current) on organization_key, signing_key to holdfast_data;
grant update (root_key_id, wrapped) on signing_private_key, organization_private_key to holdfast_data;
grant update (last_used_at) on secret to holdfast_data;
grant select, insert, update on secret_use_day to holdfast_data;
grant select on run to holdfast_data;
grant update (status, started_at, finished_at, failure) on run to holdfast_data;
grant select, insert on run_item, run_log to holdfast_data;
grant update (sent, status, attempts, published_as, failure, finished_at) on run_item to holdfast_data;
grant select on component_test to holdfast_data;
grant update (answer) on component_test to holdfast_data;
grant select, insert, delete on source_folder to holdfast_data;
grant delete on document, document_chunk to holdfast_data;
-- Of accounts, only which organization a source folder in its settings belongs to.
grant select (id, slug) on auth.organization to holdfast_data;
grant select, update (flow_on, bam_on, monitor_backoff_on) on queue.version to holdfast_data;
grant select, update on queue.queue to holdfast_data;
-- Whoever watches over the queue asks whether other processes registered; ours do not.
grant select, update, delete on queue.instance to holdfast_data;
grant select, insert, update, delete on queue.job, queue.job_common, queue.job_dependency to holdfast_data;
grant execute on function queue.job_now to holdfast_data;
