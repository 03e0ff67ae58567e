import type { Granted } from './granted.ts';

/**
 * Made by `node tools/database-types.ts`: the tables and columns that the data plane's role may read
 * and write, as PostgreSQL answers after migrations and roles.sql. A table or column without a right is not
 * here.
 */
export interface DataTables {
  account_mail: Granted<'account_mail', { select: '*'; update: 'sent_at' | 'failure' }>;
  audit_event: Granted<'audit_event', { select: '*' }>;
  audit_head: Granted<'audit_head', { select: '*' }>;
  audit_tile: Granted<'audit_tile', { select: '*'; insert: '*'; update: '*' }>;
  binding: Granted<'binding', { select: '*' }>;
  checkpoint: Granted<'checkpoint', { select: '*'; insert: '*' }>;
  clock: Granted<'clock', { select: '*' }>;
  component: Granted<'component', { select: '*' }>;
  component_test: Granted<'component_test', { select: '*'; update: 'answer' }>;
  component_test_value: Granted<'component_test_value', { select: '*' }>;
  deleted_organization: Granted<'deleted_organization', { select: '*' }>;
  document: Granted<'document', { select: '*'; insert: '*'; update: 'run_id' }>;
  document_chunk: Granted<'document_chunk', { select: '*'; insert: '*' }>;
  document_ticket: Granted<'document_ticket', { select: 'expires_at' }>;
  document_usage: Granted<'document_usage', { select: '*' }>;
  instance: Granted<'instance', { select: '*'; update: 'epoch' }>;
  invitation_mail: Granted<'invitation_mail', { select: '*'; update: 'sent_at' | 'failure' }>;
  item_result: Granted<'item_result', { select: '*'; insert: '*'; update: 'document_id' }>;
  item_step: Granted<
    'item_step',
    { select: '*'; insert: '*'; update: 'outcome' | 'published_as' | 'results' | 'milliseconds' | 'finished_at' }
  >;
  key_rotation: Granted<
    'key_rotation',
    { select: '*'; update: 'from_key_id' | 'to_key_id' | 'started_at' | 'values_total' | 'values_resealed' | 'waiting_for' | 'finished_at' }
  >;
  key_rotation_failure: Granted<'key_rotation_failure', { select: '*'; insert: '*' }>;
  lease: Granted<'lease', { select: '*'; update: '*' }>;
  live_node: Granted<'live_node', { select: '*' }>;
  mail_sender: Granted<'mail_sender', { select: '*'; insert: '*'; update: '*' }>;
  node: Granted<'node', { select: '*' }>;
  organization_deletion: Granted<'organization_deletion', { select: '*' }>;
  organization_key: Granted<'organization_key', { select: '*'; insert: '*'; update: 'current' | 'retired_at' | 'destroyed_at' }>;
  organization_private_key: Granted<'organization_private_key', { select: '*'; insert: '*'; update: 'root_key_id' | 'wrapped' }>;
  periodic_work: Granted<'periodic_work', { select: '*'; insert: '*'; update: '*' }>;
  project: Granted<'project', { select: '*' }>;
  published_reference: Granted<'published_reference', { select: '*'; insert: '*'; update: 'failed' }>;
  record_state: Granted<'record_state', { select: '*'; insert: '*'; update: '*' }>;
  removed_object: Granted<'removed_object', { select: '*'; insert: '*' }>;
  retention: Granted<'retention', { select: '*' }>;
  run: Granted<
    'run',
    {
      select: '*';
      insert: '*';
      update:
        | 'status'
        | 'turn'
        | 'node_id'
        | 'started_at'
        | 'finished_at'
        | 'documents_removed_at'
        | 'log_removed_at'
        | 'failure'
        | 'counts';
    }
  >;
  run_item: Granted<
    'run_item',
    { select: '*'; insert: '*'; update: 'sent' | 'status' | 'attempts' | 'published_as' | 'failure' | 'finished_at' | 'sending_step' }
  >;
  run_log: Granted<'run_log', { select: '*'; insert: '*' }>;
  schema_migration: Granted<'schema_migration', { select: '*' }>;
  sealed_value: Granted<'sealed_value', { select: '*'; update: 'sealed' }>;
  secret: Granted<'secret', { select: '*'; update: 'last_used_at' }>;
  secret_destination: Granted<
    'secret_destination',
    { select: '*'; insert: 'organization_id' | 'secret_id' | 'destination' | 'state' | 'asked_by' | 'component_id' }
  >;
  secret_scope: Granted<'secret_scope', { select: '*' }>;
  secret_use_day: Granted<'secret_use_day', { select: '*'; insert: '*'; update: '*' }>;
  secret_version: Granted<'secret_version', { select: '*'; update: 'key_id' }>;
  signing_key: Granted<'signing_key', { select: '*'; insert: '*'; update: 'current' }>;
  signing_private_key: Granted<'signing_private_key', { select: '*'; insert: '*'; update: 'root_key_id' | 'wrapped' }>;
  source_folder: Granted<'source_folder', { select: '*'; insert: '*' }>;
  trigger_state: Granted<'trigger_state', { select: '*'; insert: '*'; update: '*' }>;
  workflow: Granted<'workflow', { select: '*'; update: 'next_run_number' }>;
  workflow_trigger: Granted<'workflow_trigger', { select: '*' }>;
  workflow_version: Granted<'workflow_version', { select: '*' }>;
  'auth.organization': Granted<'auth.organization', { select: 'id' | 'name' | 'slug' }>;
}
