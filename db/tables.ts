import type { ColumnType, GeneratedAlways } from 'kysely';
import type {
  Actor,
  ComponentConfiguration,
  ComponentDraft,
  ComponentNames,
  ComponentTestAnswer,
  DownloadContext,
  FolderNames,
  MailDetail,
  MetadataFields,
  RunCounts,
  RunFailure,
  StoredJson,
  TriggerConfiguration,
  WorkflowDefinition,
} from './stored-json.ts';

export type Generated<T> =
  T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>;

export interface AccessToken {
  created_at: Generated<Date>;
  expires_at: Date;
  id: string;
  last_used_at: Date | null;
  member_user_id: string;
  name: string;
  organization_id: string;
  sequence: GeneratedAlways<number>;
  token_hash: Buffer;
}

export interface AccountLink {
  created_at: Generated<Date>;
  email: string;
  expires_at: Date;
  id: string;
  invitation_id: string | null;
  purpose: 'operator' | 'invitation' | 'reset' | 'email';
  token_hash: Buffer | null;
  user_id: string | null;
}

export interface AccountMail {
  console_url: string;
  created_at: Generated<Date>;
  detail: StoredJson<MailDetail>;
  due_at: Generated<Date>;
  failure: string | null;
  id: string;
  kind:
    | 'reset'
    | 'email-proof'
    | 'email-asked'
    | 'email-changed'
    | 'password-changed'
    | 'organization-deletion'
    | 'destination-requested'
    | 'secret-requested'
    | 'secret-request-decided';
  link_id: string | null;
  recipient: string;
  sent_at: Date | null;
}

export interface AuditEvent {
  body: string;
  facts: GeneratedAlways<string>;
  organization_id: string;
  recorded_by: string;
  sequence: number;
  time: Date;
}

export interface AuditHead {
  last_time: Date;
  organization_id: string;
  sequence: number;
}

export interface AuditTile {
  hashes: Buffer;
  index: number;
  level: number;
  organization_id: string;
}

export interface AuthAccount {
  accessToken: string | null;
  accessTokenExpiresAt: Date | null;
  accountId: string;
  createdAt: Generated<Date>;
  id: Generated<string>;
  idToken: string | null;
  password: string | null;
  providerId: string;
  refreshToken: string | null;
  refreshTokenExpiresAt: Date | null;
  scope: string | null;
  updatedAt: Date;
  userId: string;
}

export interface AuthInvitation {
  createdAt: Generated<Date>;
  email: string;
  expiresAt: Date;
  id: Generated<string>;
  inviterId: string;
  organizationId: string;
  role: 'owner' | 'admin' | 'editor' | 'viewer' | null;
  sequence: GeneratedAlways<number>;
  status: string;
}

export interface AuthMember {
  createdAt: Date;
  id: Generated<string>;
  organizationId: string;
  role: 'owner' | 'admin' | 'editor' | 'viewer';
  userId: string;
}

export interface AuthOrganization {
  createdAt: Date;
  id: Generated<string>;
  logo: string | null;
  metadata: string | null;
  name: string;
  slug: string;
}

export interface AuthSession {
  activeOrganizationId: string | null;
  createdAt: Generated<Date>;
  expiresAt: Date;
  id: Generated<string>;
  ipAddress: string | null;
  lastSeenAt: Generated<Date>;
  token: string;
  updatedAt: Date;
  userAgent: string | null;
  userId: string;
}

export interface AuthUser {
  createdAt: Generated<Date>;
  email: string;
  emailVerified: boolean;
  id: Generated<string>;
  image: string | null;
  name: string;
  updatedAt: Generated<Date>;
}

export interface AuthVerification {
  createdAt: Generated<Date>;
  expiresAt: Date;
  id: Generated<string>;
  identifier: string;
  updatedAt: Generated<Date>;
  value: string;
}

export interface Binding {
  component_id: GeneratedAlways<string | null>;
  consumer_id: string;
  consumer_kind: Generated<'component' | 'trigger'>;
  created_at: Generated<Date>;
  id: string;
  option: string;
  organization_id: string;
  reference: Generated<string>;
  secret_id: string | null;
  secret_name: string | null;
  trigger_id: GeneratedAlways<string | null>;
}

export interface BindingInProject {
  binding_id: string | null;
  consumer_id: string | null;
  consumer_kind: string | null;
  option: string | null;
  organization_id: string | null;
  project_id: string | null;
  reference: string | null;
  secret_id: string | null;
  secret_name: string | null;
  state: string | null;
}

export interface Checkpoint {
  note: string;
  organization_id: string;
  size: number;
  time: Date;
}

export interface Clock {
  latest: Generated<Date>;
  singleton: Generated<boolean>;
}

export interface Component {
  configuration: StoredJson<ComponentConfiguration>;
  created_at: Generated<Date>;
  created_by: StoredJson<Actor>;
  destinations: Generated<string[]>;
  id: string;
  name: string;
  organization_id: string;
  project_id: string;
  request_hash: Buffer | null;
  revision: Generated<number>;
  type: string;
  updated_at: Generated<Date>;
  updated_by: StoredJson<Actor>;
}

export interface ComponentTest {
  answer: StoredJson<ComponentTestAnswer> | null;
  component_id: string | null;
  draft: StoredJson<ComponentDraft> | null;
  id: string;
  organization_id: string;
  requested_at: Generated<Date>;
  requested_by: StoredJson<Actor>;
}

export interface ComponentTestValue {
  key_id: string;
  option: string;
  organization_id: string;
  sealed: Buffer;
  secret_id: string;
  test_id: string;
  version_id: string;
}

export interface Consumer {
  id: string | null;
  kind: string | null;
  name: string | null;
  organization_id: string | null;
  project_id: string | null;
}

export interface DeletedOrganization {
  deleted_at: Generated<Date>;
  id: string;
  slug: string;
}

export interface DeletedSecret {
  id: string;
  organization_id: string;
}

export interface DestinationInUse {
  consumer_id: string | null;
  destination: string | null;
  organization_id: string | null;
  secret_id: string | null;
  secret_name: string | null;
  state: string | null;
}

export interface DestinationSetting {
  changed_at: Generated<Date>;
  changed_by: StoredJson<Actor>;
  mode: 'enforce' | 'observe';
  organization_id: string;
}

export interface Document {
  content_type: string;
  created_at: Generated<Date>;
  created_by: StoredJson<Actor>;
  id: string;
  in_bucket: Generated<boolean>;
  name: string;
  organization_id: string;
  project_id: string;
  recorded: Generated<boolean>;
  run_id: string | null;
  sha256: Buffer;
  size: number;
}

export interface DocumentChunk {
  bytes: Buffer;
  document_id: string;
  number: number;
  organization_id: string;
}

export interface DocumentTicket {
  access_token_id: string | null;
  actor: StoredJson<Actor>;
  context: StoredJson<DownloadContext>;
  document_id: string;
  expires_at: Date;
  member_id: string;
  organization_id: string;
  role: string;
  token_hash: Buffer;
}

export interface DocumentUsage {
  bytes: number;
  organization_id: string;
}

export interface Instance {
  console_url: string | null;
  created_at: Generated<Date>;
  epoch: Generated<number>;
  home_id: string | null;
  id: string;
  role_prefix: string;
  singleton: Generated<boolean>;
}

export interface InvitationCount {
  day: string;
  mails: number;
  organization_id: string;
  user_id: string;
}

export interface InvitationMail {
  console_url: string;
  created_at: Generated<Date>;
  failure: string | null;
  invitation_id: string;
  inviter_name: string;
  link_id: string;
  organization_id: string;
  organization_name: string;
  recipient: string;
  role: string;
  sent_at: Date | null;
}

export interface ItemResult {
  document_id: string;
  item_id: string;
  organization_id: string;
  position: number;
  run_id: string;
  step_id: string;
}

export interface ItemStep {
  finished_at: Generated<Date>;
  item_id: string;
  milliseconds: number;
  organization_id: string;
  outcome: 'made' | 'published' | 'unchanged' | 'skipped';
  published_as: string | null;
  results: number | null;
  run_id: string;
  step_id: string;
}

export interface KeyRotation {
  finished_at: Date | null;
  from_key_id: string | null;
  id: string;
  organization_id: string;
  requested_at: Generated<Date>;
  requested_by: StoredJson<Actor>;
  sequence: GeneratedAlways<number>;
  started_at: Date | null;
  to_key_id: string | null;
  values_resealed: Generated<number>;
  values_total: Generated<number>;
  waiting_for: string | null;
}

export interface KeyRotationFailure {
  code: string;
  name: string;
  organization_id: string;
  rotation_id: string;
  secret_id: string;
  version_id: string;
}

export interface KnownDevice {
  address: string | null;
  expires_at: Date;
  id: Generated<string>;
  last_used_at: Generated<Date>;
  token_hash: Buffer;
  user_agent: string | null;
  user_id: string;
}

export interface Lease {
  epoch: Generated<number>;
  incarnation: string | null;
  name: string;
  node_id: string | null;
  until: Generated<Date>;
}

export interface LiveNode {
  host: string | null;
  id: string | null;
  incarnation: string | null;
  plane: string | null;
  process_id: number | null;
  seen_at: Date | null;
  session_key_hash: Buffer | null;
  started_at: Date | null;
  stopped_at: Date | null;
  version: string | null;
}

export interface MailSender {
  sender: string;
  singleton: Generated<boolean>;
}

export interface Node {
  host: string;
  id: string;
  incarnation: string;
  plane: 'control' | 'data';
  process_id: number;
  seen_at: Generated<Date>;
  session_key_hash: Buffer | null;
  started_at: Generated<Date>;
  stopped_at: Date | null;
  version: string;
}

export interface OrganizationDeletion {
  begun_at: Date | null;
  delete_at: Generated<Date>;
  organization_id: string;
  requested_at: Generated<Date>;
  requested_by: StoredJson<Actor>;
}

export interface OrganizationKey {
  created_at: Generated<Date>;
  current: boolean;
  destroyed_at: Date | null;
  generation: number;
  id: string;
  organization_id: string;
  public_key: Buffer;
  retired_at: Date | null;
  signature: Buffer;
  signing_key_id: string;
}

export interface OrganizationPrivateKey {
  id: string;
  organization_id: string;
  root_key_id: string;
  wrapped: Buffer;
}

export interface PeriodicWork {
  begun_at: Date;
  ended: Generated<boolean>;
  name: string;
}

export interface Project {
  created_at: Generated<Date>;
  created_by: StoredJson<Actor>;
  description: Generated<string>;
  id: string;
  name: string;
  organization_id: string;
}

export interface PublishedReference {
  failed: Generated<boolean>;
  organization_id: string;
  reference: string;
  source: string;
  version: string;
  workflow_id: string;
}

export interface RecordState {
  code: string | null;
  organization_id: string;
  reason: string | null;
  size: number;
  stopped_by: string | null;
  stopped_since: Date | null;
  verified_at: Date | null;
}

export interface RemovedObject {
  key: string;
  removed_at: Generated<Date>;
}

export interface Retention {
  changed_at: Generated<Date>;
  changed_by: StoredJson<Actor>;
  document_days: number | null;
  log_days: number | null;
  organization_id: string;
  run_days: number | null;
}

export interface Run {
  cancel_requested: Generated<boolean>;
  counts: StoredJson<RunCounts> | null;
  created_at: Generated<Date>;
  definition: StoredJson<WorkflowDefinition>;
  documents_removed_at: Date | null;
  failure: StoredJson<RunFailure> | null;
  finished_at: Date | null;
  folders: GeneratedAlways<StoredJson<FolderNames>>;
  id: string;
  idempotency_key: string | null;
  log_removed_at: Date | null;
  node_id: string | null;
  number: number;
  organization_id: string;
  project_id: string;
  retried_at: Date | null;
  retried_by: StoredJson<Actor> | null;
  retries: Generated<number>;
  sequence: GeneratedAlways<number>;
  started_at: Date | null;
  started_by: StoredJson<Actor>;
  status: Generated<'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'>;
  turn: number | null;
  version: number;
  workflow_id: string;
}

export interface RunItem {
  attempts: Generated<number>;
  content_type: string;
  document_id: string | null;
  failure: StoredJson<RunFailure> | null;
  finished_at: Date | null;
  held: Generated<boolean>;
  id: string;
  name: string;
  organization_id: string;
  published_as: string | null;
  reference: string | null;
  run_id: string;
  sending_step: string | null;
  sent: Generated<number>;
  size: number;
  source: string | null;
  status: Generated<'waiting' | 'running' | 'published' | 'unchanged' | 'skipped' | 'failed'>;
  version: string | null;
}

export interface RunLog {
  item_id: string | null;
  level: 'info' | 'warning' | 'error';
  message: string;
  message_without_names: string | null;
  organization_id: string;
  run_id: string;
  sequence: GeneratedAlways<number>;
  time: Generated<Date>;
}

export interface SchemaMigration {
  applied_at: Generated<Date>;
  name: string;
  number: number;
  sha256: string;
}

export interface SealedValue {
  organization_id: string;
  sealed: Buffer;
  version_id: string;
}

export interface Secret {
  all_projects: Generated<boolean>;
  component_id: string | null;
  created_at: Generated<Date>;
  created_by: StoredJson<Actor>;
  description: Generated<string>;
  destination_decisions: Generated<number>;
  destinations: Generated<string[]>;
  expires_at: Date | null;
  id: string;
  kind: Generated<string>;
  last_used_at: Date | null;
  metadata_changed_by: StoredJson<Actor> | null;
  metadata_fields: Generated<StoredJson<MetadataFields>>;
  metadata_revision: Generated<number>;
  name: string | null;
  obtain_url: string | null;
  organization_id: string;
  owner_user_id: string | null;
  replaced_at: Date | null;
  replaced_by: StoredJson<Actor> | null;
  rotation_days: number | null;
  rotation_due_at: Date | null;
  search_text: GeneratedAlways<string | null>;
}

export interface SecretCount {
  named: number;
  organization_id: string;
}

export interface SecretDestination {
  asked_at: Generated<Date>;
  asked_by: StoredJson<Actor> | null;
  component_id: string | null;
  decided_at: Date | null;
  decided_by: StoredJson<Actor> | null;
  destination: string;
  organization_id: string;
  reason: Generated<string>;
  secret_id: string;
  state: 'requested' | 'approved' | 'refused' | 'revoked';
}

export interface SecretInProject {
  component_id: string | null;
  in_scope: boolean | null;
  name: string | null;
  organization_id: string | null;
  project_id: string | null;
  secret_id: string | null;
  state: string | null;
}

export interface SecretRequest {
  asked_at: Generated<Date>;
  asked_by: StoredJson<Actor>;
  component_id: string | null;
  component_type: string;
  decided_at: Date | null;
  decided_by: StoredJson<Actor> | null;
  id: string;
  name: string;
  note: Generated<string>;
  option: string;
  organization_id: string;
  project_id: string;
  reason: Generated<string>;
  secret_name: string | null;
  state: 'waiting' | 'fulfilled' | 'declined' | 'withdrawn';
}

export interface SecretScope {
  organization_id: string;
  project_id: string;
  secret_id: string;
}

export interface SecretUseDay {
  day: string;
  organization_id: string;
  secret_id: string;
  uses: number;
}

export interface SecretVersion {
  created_at: Generated<Date>;
  created_by: StoredJson<Actor>;
  id: string;
  key_id: string;
  organization_id: string;
  request_hash: Buffer | null;
  secret_id: string;
  sequence: GeneratedAlways<number>;
  state: 'current' | 'pending' | 'superseded';
}

export interface SetupToken {
  created_at: Generated<Date>;
  home: string;
  token_hash: Buffer;
}

export interface SignInCounter {
  counted_at: Generated<Date>;
  failures: number;
  key: Buffer;
}

export interface SigningKey {
  created_at: Generated<Date>;
  current: boolean;
  id: string;
  public_key: Buffer;
}

export interface SigningPrivateKey {
  id: string;
  root_key_id: string;
  wrapped: Buffer;
}

export interface SourceFolder {
  name: string;
  node_id: string;
  organization_slug: string;
}

export interface TriggerState {
  failure: StoredJson<RunFailure> | null;
  failures: Generated<number>;
  last_at: Date | null;
  next_at: Date | null;
  organization_id: string;
  outcome: 'started' | 'repeated' | 'nothing-new' | 'under-way' | 'missed' | 'refused' | 'failed' | null;
  revision: Generated<number>;
  run_id: string | null;
  trigger_id: string;
}

export interface Workflow {
  created_at: Generated<Date>;
  created_by: StoredJson<Actor>;
  description: Generated<string>;
  document_days: number | null;
  draft: StoredJson<WorkflowDefinition> | null;
  draft_saved_at: Date | null;
  draft_saved_by: StoredJson<Actor> | null;
  id: string;
  log_days: number | null;
  maximum_runs: Generated<number>;
  name: string;
  next_run_number: Generated<number>;
  organization_id: string;
  project_id: string;
  revision: Generated<number>;
  run_days: number | null;
  updated_at: Date | null;
  updated_by: StoredJson<Actor> | null;
  yaml: string | null;
}

export interface WorkflowComponent {
  component_id: string;
  organization_id: string;
  workflow_id: string;
}

export interface WorkflowTrigger {
  configuration: StoredJson<TriggerConfiguration>;
  created_at: Generated<Date>;
  created_by: StoredJson<Actor>;
  enabled: Generated<boolean>;
  id: string;
  kind: 'cron' | 'webhook' | 'poll' | 'upload';
  name: string;
  organization_id: string;
  revision: Generated<number>;
  token_expires_at: Date | null;
  token_hash: Buffer | null;
  updated_at: Generated<Date>;
  updated_by: StoredJson<Actor>;
  workflow_id: string;
}

export interface WorkflowVersion {
  components: StoredJson<ComponentNames>;
  definition: StoredJson<WorkflowDefinition>;
  note: Generated<string>;
  number: number;
  organization_id: string;
  published_at: Generated<Date>;
  published_by: StoredJson<Actor>;
  workflow_id: string;
}

/**
 * Every table, as its owner may use it. Made by `node tools/database-types.ts` from the migrated database.
 */
export interface Tables {
  access_token: AccessToken;
  account_link: AccountLink;
  account_mail: AccountMail;
  audit_event: AuditEvent;
  audit_head: AuditHead;
  audit_tile: AuditTile;
  'auth.account': AuthAccount;
  'auth.invitation': AuthInvitation;
  'auth.member': AuthMember;
  'auth.organization': AuthOrganization;
  'auth.session': AuthSession;
  'auth.user': AuthUser;
  'auth.verification': AuthVerification;
  binding: Binding;
  binding_in_project: BindingInProject;
  checkpoint: Checkpoint;
  clock: Clock;
  component: Component;
  component_test: ComponentTest;
  component_test_value: ComponentTestValue;
  consumer: Consumer;
  deleted_organization: DeletedOrganization;
  deleted_secret: DeletedSecret;
  destination_in_use: DestinationInUse;
  destination_setting: DestinationSetting;
  document: Document;
  document_chunk: DocumentChunk;
  document_ticket: DocumentTicket;
  document_usage: DocumentUsage;
  instance: Instance;
  invitation_count: InvitationCount;
  invitation_mail: InvitationMail;
  item_result: ItemResult;
  item_step: ItemStep;
  key_rotation: KeyRotation;
  key_rotation_failure: KeyRotationFailure;
  known_device: KnownDevice;
  lease: Lease;
  live_node: LiveNode;
  mail_sender: MailSender;
  node: Node;
  organization_deletion: OrganizationDeletion;
  organization_key: OrganizationKey;
  organization_private_key: OrganizationPrivateKey;
  periodic_work: PeriodicWork;
  project: Project;
  published_reference: PublishedReference;
  record_state: RecordState;
  removed_object: RemovedObject;
  retention: Retention;
  run: Run;
  run_item: RunItem;
  run_log: RunLog;
  schema_migration: SchemaMigration;
  sealed_value: SealedValue;
  secret: Secret;
  secret_count: SecretCount;
  secret_destination: SecretDestination;
  secret_in_project: SecretInProject;
  secret_request: SecretRequest;
  secret_scope: SecretScope;
  secret_use_day: SecretUseDay;
  secret_version: SecretVersion;
  setup_token: SetupToken;
  sign_in_counter: SignInCounter;
  signing_key: SigningKey;
  signing_private_key: SigningPrivateKey;
  source_folder: SourceFolder;
  trigger_state: TriggerState;
  workflow: Workflow;
  workflow_component: WorkflowComponent;
  workflow_trigger: WorkflowTrigger;
  workflow_version: WorkflowVersion;
}
