import type { Granted, Unread } from './granted.ts';

/**
 * Made by `node tools/database-types.ts`: the tables and columns that the control plane's role may read
 * and write, as PostgreSQL answers after migrations and roles.sql. A table or column without a right is not
 * here.
 */
export interface ControlTables {
  access_token: Granted<'access_token', { select: '*'; insert: '*'; update: 'last_used_at' }>;
  account_link: Granted<'account_link', { select: '*'; insert: '*' }>;
  account_mail: Granted<'account_mail', { select: '*'; insert: '*' }>;
  audit_event: Granted<'audit_event', { select: '*' }>;
  audit_head: Granted<'audit_head', { select: '*' }>;
  audit_tile: Granted<'audit_tile', { select: '*' }>;
  binding: Granted<'binding', { select: '*'; insert: '*'; update: 'secret_id' | 'secret_name' }>;
  binding_in_project: Granted<'binding_in_project', { select: '*' }>;
  checkpoint: Granted<'checkpoint', { select: '*' }>;
  clock: Granted<'clock', { select: '*' }>;
  component: Granted<
    'component',
    {
      select: '*';
      insert: '*';
      update: 'name' | 'configuration' | 'destinations' | 'revision' | 'updated_at' | 'updated_by' | 'request_hash';
    }
  >;
  component_test: Granted<'component_test', { select: '*'; insert: '*' }>;
  consumer: Granted<'consumer', { select: '*' }>;
  deleted_organization: Granted<'deleted_organization', { select: '*' }>;
  deleted_secret: Granted<'deleted_secret', { select: '*'; insert: '*' }>;
  destination_in_use: Granted<'destination_in_use', { select: '*' }>;
  destination_setting: Granted<'destination_setting', { select: '*'; insert: '*'; update: 'mode' | 'changed_at' | 'changed_by' }>;
  document: Granted<'document', { select: '*'; insert: '*'; update: 'run_id' | 'recorded' }>;
  document_chunk: Granted<'document_chunk', { select: '*'; insert: '*' }>;
  document_usage: Granted<'document_usage', { select: '*' }>;
  instance: Granted<'instance', { select: '*'; update: 'console_url' }>;
  invitation_count: Granted<'invitation_count', { select: '*'; insert: '*'; update: '*' }>;
  invitation_mail: Granted<'invitation_mail', { select: '*'; insert: '*' }>;
  item_result: Granted<'item_result', { select: '*' }>;
  item_step: Granted<'item_step', { select: '*' }>;
  key_rotation: Granted<'key_rotation', { select: '*'; insert: '*' }>;
  key_rotation_failure: Granted<'key_rotation_failure', { select: '*' }>;
  known_device: Granted<'known_device', { select: '*'; insert: '*'; update: '*' }>;
  lease: Granted<'lease', { select: '*' }>;
  live_node: Granted<'live_node', { select: '*' }>;
  mail_sender: Granted<'mail_sender', { select: '*' }>;
  node: Granted<'node', { select: '*' }>;
  organization_deletion: Granted<'organization_deletion', { select: '*'; insert: 'organization_id' | 'requested_by' }>;
  organization_key: Granted<'organization_key', { select: '*' }>;
  project: Granted<'project', { select: '*'; insert: '*'; update: 'name' | 'description' }>;
  record_state: Granted<'record_state', { select: '*' }>;
  retention: Granted<
    'retention',
    { select: '*'; insert: '*'; update: 'document_days' | 'log_days' | 'run_days' | 'changed_at' | 'changed_by' }
  >;
  run: Granted<'run', { select: '*'; insert: '*'; update: 'cancel_requested' }>;
  run_item: Granted<'run_item', { select: '*'; insert: '*' }>;
  run_log: Granted<'run_log', { select: '*' }>;
  schema_migration: Granted<'schema_migration', { select: '*' }>;
  sealed_value: Granted<'sealed_value', { select: 'organization_id' | 'version_id' }>;
  secret: Granted<
    'secret',
    {
      select: '*';
      insert: '*';
      update:
        | 'description'
        | 'kind'
        | 'owner_user_id'
        | 'all_projects'
        | 'rotation_days'
        | 'rotation_due_at'
        | 'expires_at'
        | 'destinations'
        | 'destination_decisions'
        | 'obtain_url'
        | 'metadata_revision'
        | 'metadata_fields'
        | 'metadata_changed_by'
        | 'replaced_at'
        | 'replaced_by';
    }
  >;
  secret_count: Granted<'secret_count', { select: '*' }>;
  secret_destination: Granted<
    'secret_destination',
    { select: '*'; insert: '*'; update: 'state' | 'asked_at' | 'asked_by' | 'component_id' | 'decided_at' | 'decided_by' | 'reason' }
  >;
  secret_in_project: Granted<'secret_in_project', { select: '*' }>;
  secret_request: Granted<
    'secret_request',
    { select: '*'; insert: '*'; update: 'state' | 'decided_at' | 'decided_by' | 'reason' | 'secret_name' }
  >;
  secret_scope: Granted<'secret_scope', { select: '*'; insert: '*' }>;
  secret_use_day: Granted<'secret_use_day', { select: '*' }>;
  secret_version: Granted<'secret_version', { select: '*'; insert: '*'; update: 'state' }>;
  setup_token: Granted<'setup_token', { select: '*'; insert: '*'; update: 'token_hash' }>;
  sign_in_counter: Granted<'sign_in_counter', { select: '*'; insert: '*'; update: '*' }>;
  signing_key: Granted<'signing_key', { select: '*' }>;
  source_folder: Granted<'source_folder', { select: '*' }>;
  trigger_state: Granted<'trigger_state', { select: '*' }>;
  workflow: Granted<
    'workflow',
    {
      select: '*';
      insert: '*';
      update:
        | 'name'
        | 'description'
        | 'yaml'
        | 'draft'
        | 'draft_saved_at'
        | 'draft_saved_by'
        | 'next_run_number'
        | 'maximum_runs'
        | 'document_days'
        | 'log_days'
        | 'run_days'
        | 'revision'
        | 'updated_at'
        | 'updated_by';
    }
  >;
  workflow_component: Granted<'workflow_component', { select: '*'; insert: '*' }>;
  workflow_trigger: Granted<
    'workflow_trigger',
    {
      select: '*';
      insert: '*';
      update: 'name' | 'enabled' | 'configuration' | 'revision' | 'token_hash' | 'token_expires_at' | 'updated_at' | 'updated_by';
    }
  >;
  workflow_version: Granted<'workflow_version', { select: '*'; insert: '*' }>;
  'auth.account': Granted<'auth.account', { select: '*'; insert: '*'; update: '*' }>;
  'auth.invitation': Granted<'auth.invitation', { select: '*'; insert: '*'; update: '*' }>;
  'auth.member': Granted<'auth.member', { select: '*'; insert: '*'; update: '*' }>;
  'auth.organization': Granted<'auth.organization', { select: '*'; insert: '*'; update: 'name' | 'slug' | 'logo' | 'metadata' }>;
  'auth.session': Granted<'auth.session', { select: '*'; insert: '*'; update: '*' }>;
  'auth.user': Granted<'auth.user', { select: '*'; insert: '*'; update: '*' }>;
  'auth.verification': Granted<'auth.verification', { select: '*'; insert: '*'; update: '*' }>;
}

/** Tables of which it may not read every column that it inserts. */
export interface ControlUnreadTables {
  component_test_value: Unread<'component_test_value', '*'>;
  document_ticket: Unread<'document_ticket', '*'>;
  sealed_value: Unread<'sealed_value', '*'>;
}
