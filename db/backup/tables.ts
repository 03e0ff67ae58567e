/**
 * What a backup carries, and what it does not. Every table stands in one of the two lists; a test looks for
 * those that stand in none. What logs somebody in is left out, so that no restore brings a token or a session
 * back to life.
 */
export const CARRIED = [
  'holdfast.instance',
  'holdfast.clock',
  'holdfast.signing_key',
  'holdfast.signing_private_key',
  'auth.user',
  'auth.account',
  'auth.organization',
  'auth.member',
  'holdfast.organization_deletion',
  'holdfast.deleted_organization',
  'holdfast.organization_key',
  'holdfast.organization_private_key',
  'holdfast.key_rotation',
  'holdfast.key_rotation_failure',
  'holdfast.project',
  'holdfast.component',
  'holdfast.secret',
  'holdfast.secret_count',
  'holdfast.deleted_secret',
  'holdfast.secret_scope',
  'holdfast.secret_destination',
  'holdfast.destination_setting',
  'holdfast.secret_version',
  'holdfast.sealed_value',
  'holdfast.binding',
  'holdfast.secret_use_day',
  'holdfast.workflow',
  'holdfast.workflow_step',
  'holdfast.retention',
  'holdfast.published_reference',
  'holdfast.run',
  'holdfast.document',
  'holdfast.document_chunk',
  'holdfast.document_usage',
  'holdfast.run_item',
  'holdfast.item_step',
  'holdfast.item_result',
  'holdfast.run_log',
  'holdfast.audit_head',
  'holdfast.audit_event',
  'holdfast.audit_tile',
  'holdfast.checkpoint',
] as const;

export const LEFT_OUT: Readonly<Record<string, string>> = {
  'holdfast.schema_migration': 'stands in the header',
  'holdfast.setup_token': 'logs somebody in',
  'holdfast.access_token': 'logs somebody in',
  'holdfast.account_link': 'logs somebody in',
  'holdfast.known_device': 'lets a device try to log in',
  'holdfast.invitation_mail': 'carries a link that is left out',
  'holdfast.account_mail': 'carries a link that is left out, or is sent by now',
  'holdfast.invitation_count': 'counts the mails of a day',
  'holdfast.sign_in_counter': 'counts attempts of the last hour',
  'auth.session': 'logs somebody in',
  'auth.verification': 'logs somebody in',
  'auth.invitation': 'its link is left out',
  'holdfast.component_test': 'a question that nobody waits for any more',
  'holdfast.component_test_value': 'sealed for a question that nobody waits for any more',
  'holdfast.node': 'announced at each start',
  'holdfast.live_node': 'shows nodes',
  'holdfast.source_folder': 'announced at each start',
  'holdfast.lease': 'taken by a node that runs',
  'holdfast.periodic_work': 'is done again when it is not known',
  'holdfast.mail_sender': 'announced at each start',
  'holdfast.record_state': 'found out at each start',
  queue: 'jobs: what has to be done is found by looking for it',
};

/** What a backup carries, with the bytes of documents or without. */
export function carriedTables(documents: boolean): readonly string[] {
  return CARRIED.filter((table) => documents || (table !== 'holdfast.document_chunk' && table !== 'holdfast.document_usage'));
}
