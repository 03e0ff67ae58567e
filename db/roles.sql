-- What each plane's role may do. Run after every migration; it is the whole list, so what is not here is not
-- granted. :"control" and :"data" stand for the names of this instance's two roles. Control stores what
-- clients have sealed, and cannot read a sealed value, a wrapped key or the signing key's private part. Data
-- reads those and opens; it cannot read accounts, sessions or tokens.

revoke all on all tables in schema holdfast from public, :"control", :"data";
revoke all on all functions in schema holdfast from public, :"control", :"data";
revoke all on all tables in schema auth from public, :"control", :"data";
revoke all on all tables in schema queue from public, :"control", :"data";
revoke all on all functions in schema queue from public, :"control", :"data";
grant usage on schema holdfast, queue to :"control", :"data";
grant usage on schema auth to :"control", :"data";
grant execute on function append_audit to :"control", :"data";
-- Who writes a row of an index on it runs it.
grant execute on function search_grams to :"control", :"data";
-- The latest time that was seen may be read, and moved forward by its function alone.
grant select on clock to :"control", :"data";
grant execute on function latest_time, advance_latest_time to :"control", :"data";
-- It writes mails of two kinds, to the owners and admins of one organization.
grant execute on function mail_owners_and_admins to :"control", :"data";
-- A node says by these functions that it runs; of the other plane's nodes it can say nothing. Who does the
-- periodic work is shown to people.
grant select on lease to :"control";
grant select on node, live_node to :"control", :"data";
grant execute on function plane_of_session, announce_node, see_node to :"control", :"data";

-- Control. Of a table that the data plane reads it has neither DELETE nor UPDATE as a whole, only of columns:
-- with either it could lock the table against every reader. It deletes by a function.
grant execute on function delete_rows, create_secrets, cancel_organization_deletion to :"control";
grant select on organization_deletion, deleted_organization to :"control";
grant insert (organization_id, requested_by) on organization_deletion to :"control";
grant select, insert, update, delete on all tables in schema auth to :"control";
revoke update, delete on auth.organization from :"control";
grant update (name, slug, logo, metadata) on auth.organization to :"control";
grant update (token_hash) on setup_token to :"control";
grant select on instance, signing_key, organization_key, source_folder, schema_migration, secret_use_day,
  audit_event, audit_head, audit_tile, checkpoint, record_state, document_chunk, document_usage, secret_count, key_rotation_failure to :"control";
grant select, insert, delete on setup_token, access_token to :"control";
grant select, insert, delete on account_link to :"control";
grant select, insert on invitation_mail, key_rotation to :"control";
grant select, insert on account_mail to :"control";
grant select, insert, update, delete on invitation_count to :"control";
grant update (console_url) on instance to :"control";
grant select on mail_sender to :"control";
grant select, insert, update, delete on known_device, sign_in_counter to :"control";
grant update (last_used_at) on access_token to :"control";
grant select, insert on deleted_secret to :"control";
grant select, insert on project, component, secret, secret_scope, secret_version, binding, workflow, workflow_version,
  workflow_component, document, component_test, run, run_item to :"control";
grant update (name, description) on project to :"control";
grant update (name, configuration, destinations, revision, updated_at, updated_by, request_hash) on component to :"control";
grant update (description, kind, owner_user_id, all_projects, rotation_days, rotation_due_at, expires_at, destinations, obtain_url,
  destination_decisions, metadata_revision, metadata_fields, metadata_changed_by, replaced_at, replaced_by) on secret to :"control";
grant select, insert on secret_destination, destination_setting, secret_request to :"control";
grant update (state, decided_at, decided_by, reason, secret_name) on secret_request to :"control";
grant update (state, asked_at, asked_by, component_id, decided_at, decided_by, reason) on secret_destination to :"control";
grant update (mode, changed_at, changed_by) on destination_setting to :"control";
grant update (state) on secret_version to :"control";
grant update (secret_id, secret_name) on binding to :"control";
grant select on consumer, secret_in_project, binding_in_project, destination_in_use to :"control";
grant execute on function has_expired, destination_state to :"control";
grant select, insert on workflow_trigger to :"control";
grant update (name, enabled, configuration, revision, token_hash, token_expires_at, updated_at, updated_by) on workflow_trigger to :"control";
grant select on trigger_state to :"control";
grant update (name, description, yaml, draft, draft_saved_at, draft_saved_by, next_run_number, maximum_runs, document_days, log_days,
  run_days, revision, updated_at, updated_by) on workflow to :"control";
grant select, insert on retention to :"control";
grant update (document_days, log_days, run_days, changed_at, changed_by) on retention to :"control";
grant update (run_id, recorded) on document to :"control";
grant update (cancel_requested) on run to :"control";
grant execute on function retry_run to :"control";
grant select on run_log, item_step, item_result to :"control";
grant insert on document_chunk, document_ticket to :"control";
grant insert, select (organization_id, version_id) on sealed_value to :"control";
grant insert on component_test_value to :"control";
-- A job may be put in, with the change that asks for it; not taken, ended or taken out.
grant select on queue.version, queue.queue to :"control";
grant select, insert on queue.job, queue.job_common to :"control";
grant execute on function queue.job_now to :"control";

-- Data
grant select on instance, schema_migration, project, component, secret, secret_scope, secret_version, sealed_value, binding, workflow,
  workflow_version, document, document_chunk, audit_event, audit_head to :"data";
grant select, insert, update on audit_tile to :"data";
grant select, insert on checkpoint to :"data";
grant delete on checkpoint to :"data";
grant select, insert, update on record_state to :"data";
grant update (epoch) on instance to :"data";
grant select, insert on signing_key, signing_private_key, organization_key, organization_private_key to :"data";
grant update (current) on organization_key, signing_key to :"data";
-- Rotation: it seals a version again under the next key, and destroys the private half of a key that nothing
-- is sealed under. What it may put in the place of a value is decided by the record: a re-seal counts only
-- with the signing key's signature.
grant update (retired_at, destroyed_at) on organization_key to :"data";
grant delete on organization_private_key to :"data";
grant update (key_id) on secret_version to :"data";
grant update (sealed) on sealed_value to :"data";
grant select on key_rotation to :"data";
grant update (from_key_id, to_key_id, started_at, values_total, values_resealed, waiting_for, finished_at) on key_rotation to :"data";
grant select, insert on key_rotation_failure to :"data";
grant update (root_key_id, wrapped) on signing_private_key, organization_private_key to :"data";
grant update (last_used_at) on secret to :"data";
-- It asks for an approval; it gives none.
grant select on secret_destination to :"data";
grant insert (organization_id, secret_id, destination, state, asked_by, component_id) on secret_destination to :"data";
grant select, insert, update on secret_use_day to :"data";
-- A trigger starts a run here, as a person does in the control plane.
grant select, insert on run to :"data";
grant update (next_run_number) on workflow to :"data";
grant update (run_id) on document to :"data";
grant select on workflow_trigger to :"data";
grant select, insert, update on trigger_state to :"data";
grant usage on sequence run_turn to :"data";
grant update (status, turn, node_id, started_at, finished_at, documents_removed_at, log_removed_at, failure, counts) on run to :"data";
-- What is kept no longer.
grant select on retention to :"data";
grant select, insert on published_reference to :"data";
-- A later run published what an earlier one failed at.
grant update (failed) on published_reference to :"data";
grant delete on run, run_log to :"data";
grant select, insert on run_item, run_log, item_step, item_result to :"data";
-- A step whose results are not kept any more is done again.
grant update (outcome, published_as, results, milliseconds, finished_at) on item_step to :"data";
grant update (document_id) on item_result to :"data";
-- What a model made, and what was read from a source.
grant insert on document, document_chunk to :"data";
grant execute on function place_in_bucket, redeem_document_ticket to :"data";
grant select (expires_at), delete on document_ticket to :"data";
grant select, insert, delete on removed_object to :"data";
grant select on document_usage to :"data";
grant update (sent, status, attempts, published_as, failure, finished_at, sending_step) on run_item to :"data";
grant select on component_test, component_test_value to :"data";
grant update (answer) on component_test to :"data";
grant select, insert, delete on source_folder to :"data";
grant delete on node to :"data";
grant select, update on lease to :"data";
grant select, insert, update on periodic_work to :"data";
grant delete on document, document_chunk to :"data";
-- Mails wait to be sent; of the links in them the data plane makes the token, and reads none.
grant select on invitation_mail, account_mail to :"data";
grant update (sent_at, failure) on invitation_mail, account_mail to :"data";
grant delete on account_mail to :"data";
grant execute on function set_mailed_link, is_still_addressed to :"data";
grant select, insert, update, delete on mail_sender to :"data";
-- Of accounts, only which organization a source folder in its settings belongs to, and what is deleted.
grant select (id, slug, name) on auth.organization to :"data";
grant select on organization_deletion, deleted_organization to :"data";
grant execute on function begin_organization_deletion, finish_organization_deletion, remove_rest_of_deleted to :"data";
grant select, update (flow_on, bam_on, monitor_backoff_on) on queue.version to :"data";
grant select, update on queue.queue to :"data";
-- The supervisor of the queue asks whether other processes registered; ours do not.
grant select, update, delete on queue.instance to :"data";
grant select, insert, update, delete on queue.job, queue.job_common, queue.job_dependency to :"data";
grant execute on function queue.job_now to :"data";
