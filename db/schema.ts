import type { Failure } from '@holdfast/api';
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/**
 * Every table of db/migrations as a type. bigint is a number here (sizes and sequences stay below 2^53), timestamptz a Date,
 * bytea a Buffer.
 */
export interface Database {
  instance: Instance;
  clock: Clock;
  setup_token: SetupToken;
  signing_key: SigningKey;
  signing_private_key: SigningPrivateKey;
  organization_key: OrganizationKey;
  organization_private_key: OrganizationPrivateKey;
  key_rotation: KeyRotation;
  key_rotation_failure: KeyRotationFailure;
  organization_deletion: OrganizationDeletion;
  deleted_organization: DeletedOrganization;
  access_token: AccessToken;
  account_link: AccountLink;
  invitation_mail: InvitationMail;
  account_mail: AccountMail;
  invitation_count: InvitationCount;
  mail_sender: MailSender;
  known_device: KnownDevice;
  sign_in_counter: SignInCounter;
  project: Project;
  component: Component;
  secret: Secret;
  deleted_secret: DeletedSecret;
  secret_scope: SecretScope;
  secret_version: SecretVersion;
  sealed_value: SealedValue;
  binding: Binding;
  secret_use_day: SecretUseDay;
  workflow: Workflow;
  workflow_step: WorkflowStep;
  run: Run;
  document: Document;
  document_chunk: DocumentChunk;
  document_usage: DocumentUsage;
  run_item: RunItem;
  run_log: RunLog;
  component_test: ComponentTest;
  component_test_value: ComponentTestValue;
  source_folder: SourceFolder;
  audit_head: AuditHead;
  audit_event: AuditEventTable;
  audit_tile: AuditTile;
  checkpoint: Checkpoint;
  record_state: RecordState;
  schema_migration: SchemaMigration;
  'auth.user': AuthUser;
  'auth.session': AuthSession;
  'auth.account': AuthAccount;
  'auth.verification': AuthVerification;
  'auth.organization': AuthOrganization;
  'auth.member': AuthMember;
  'auth.invitation': AuthInvitation;
}

/** Who did it, as it was at the time. */
export interface Actor {
  readonly kind: 'member' | 'system' | 'anonymous';
  readonly id: string | null;
  readonly name: string;
}

export type WorkflowSource = { readonly kind: 'upload' } | { readonly kind: 'folder'; readonly folder: string };

/** What a run was started with; later changes of the workflow do not touch it. */
export interface RunDefinition {
  readonly source: WorkflowSource;
  readonly steps: readonly { readonly id: string; readonly componentId: string }[];
}

/** What a mail to the holder of an account is about. */
export type AccountMailKind = 'reset' | 'email-proof' | 'email-asked' | 'email-changed' | 'password-changed' | 'organization-deletion';

type Json<T> = ColumnType<T, T | string, T | string>;
/** Set by the database when it is left out. */
type Created = ColumnType<Date, Date | undefined, Date>;

interface Instance {
  singleton: Generated<boolean>;
  id: string;
  epoch: Generated<number>;
  home_id: string | null;
  role_prefix: string;
  created_at: Created;
}
interface Clock {
  singleton: Generated<boolean>;
  latest: Created;
}
interface SetupToken {
  singleton: Generated<boolean>;
  token_hash: Buffer;
  created_at: Created;
}
interface SigningKey {
  id: string;
  public_key: Buffer;
  current: boolean;
  created_at: Created;
}
interface SigningPrivateKey {
  id: string;
  root_key_id: string;
  wrapped: Buffer;
}
interface OrganizationKey {
  organization_id: string;
  id: string;
  generation: number;
  public_key: Buffer;
  signature: Buffer;
  signing_key_id: string;
  current: boolean;
  created_at: Created;
  retired_at: Generated<Date | null>;
  destroyed_at: Generated<Date | null>;
}
interface OrganizationPrivateKey {
  organization_id: string;
  id: string;
  root_key_id: string;
  wrapped: Buffer;
}
interface KeyRotation {
  organization_id: string;
  id: string;
  sequence: GeneratedAlways<number>;
  requested_at: Created;
  requested_by: Json<Actor>;
  from_key_id: Generated<string | null>;
  to_key_id: Generated<string | null>;
  started_at: Generated<Date | null>;
  values_total: Generated<number>;
  values_resealed: Generated<number>;
  waiting_for: Generated<string | null>;
  finished_at: Generated<Date | null>;
}
interface KeyRotationFailure {
  organization_id: string;
  rotation_id: string;
  version_id: string;
  secret_id: string;
  name: string;
  code: string;
}
interface OrganizationDeletion {
  organization_id: string;
  requested_by: Json<Actor>;
  requested_at: Created;
  delete_at: Created;
  begun_at: Date | null;
}
interface DeletedOrganization {
  id: string;
  slug: string;
  deleted_at: Created;
}
interface AccessToken {
  organization_id: string;
  id: string;
  member_user_id: string;
  name: string;
  token_hash: Buffer;
  sequence: GeneratedAlways<number>;
  created_at: Created;
  expires_at: Date;
  last_used_at: Date | null;
}
interface AccountLink {
  id: string;
  purpose: 'operator' | 'invitation' | 'reset' | 'email';
  email: string;
  invitation_id: string | null;
  user_id: string | null;
  token_hash: Buffer | null;
  expires_at: Date;
  created_at: Created;
}
interface InvitationMail {
  organization_id: string;
  invitation_id: string;
  link_id: string;
  recipient: string;
  organization_name: string;
  inviter_name: string;
  role: string;
  console_url: string;
  created_at: Created;
  sent_at: Date | null;
  failure: string | null;
}
interface AccountMail {
  id: string;
  kind: AccountMailKind;
  link_id: string | null;
  recipient: string;
  detail: Json<Readonly<Record<string, string>>>;
  console_url: string;
  created_at: Created;
  sent_at: Date | null;
  failure: string | null;
}
interface InvitationCount {
  organization_id: string;
  /** YYYY-MM-DD, UTC. */
  day: string;
  user_id: string;
  mails: number;
}
interface MailSender {
  singleton: Generated<boolean>;
  sender: string;
}
interface KnownDevice {
  user_id: string;
  id: Generated<string>;
  token_hash: Buffer;
  expires_at: Date;
  last_used_at: Created;
  address: string | null;
  user_agent: string | null;
}
interface SignInCounter {
  key: Buffer;
  failures: number;
  counted_at: Created;
}
interface Project {
  organization_id: string;
  id: string;
  name: string;
  description: Generated<string>;
  created_at: Created;
  created_by: Json<Actor>;
}
interface Component {
  organization_id: string;
  id: string;
  project_id: string;
  name: string;
  type: string;
  configuration: Json<Record<string, unknown>>;
  revision: Generated<number>;
  created_at: Created;
  created_by: Json<Actor>;
  updated_at: Created;
  updated_by: Json<Actor>;
  request_hash: Generated<Buffer | null>;
}
interface Secret {
  organization_id: string;
  id: string;
  name: string | null;
  component_id: string | null;
  description: Generated<string>;
  kind: Generated<string>;
  owner_user_id: string | null;
  all_projects: Generated<boolean>;
  rotation_days: number | null;
  rotation_due_at: Date | null;
  expires_at: Date | null;
  destinations: Generated<string[]>;
  obtain_url: string | null;
  metadata_revision: Generated<number>;
  metadata_fields: ColumnType<Record<string, number>, Record<string, number> | undefined, Record<string, number>>;
  metadata_changed_by: Json<Actor> | null;
  created_at: Created;
  created_by: Json<Actor>;
  replaced_at: Date | null;
  replaced_by: Json<Actor> | null;
  last_used_at: Date | null;
}
interface DeletedSecret {
  organization_id: string;
  id: string;
}
interface SecretScope {
  organization_id: string;
  secret_id: string;
  project_id: string;
}
interface SecretVersion {
  organization_id: string;
  secret_id: string;
  id: string;
  key_id: string;
  state: 'current' | 'pending' | 'superseded';
  sequence: GeneratedAlways<number>;
  created_at: Created;
  created_by: Json<Actor>;
  request_hash: Generated<Buffer | null>;
}
interface SealedValue {
  organization_id: string;
  version_id: string;
  sealed: Buffer;
}
interface Binding {
  organization_id: string;
  id: string;
  component_id: string;
  option: string;
  secret_id: string | null;
  secret_name: string | null;
  created_at: Created;
}
interface SecretUseDay {
  organization_id: string;
  secret_id: string;
  /** YYYY-MM-DD, UTC. */
  day: string;
  uses: number;
}
interface Workflow {
  organization_id: string;
  id: string;
  project_id: string;
  name: string;
  description: Generated<string>;
  source: Json<WorkflowSource>;
  next_run_number: Generated<number>;
  created_at: Created;
  created_by: Json<Actor>;
}
interface WorkflowStep {
  organization_id: string;
  workflow_id: string;
  id: string;
  position: number;
  component_id: string;
}
interface Run {
  organization_id: string;
  id: string;
  workflow_id: string;
  project_id: string;
  number: number;
  status: Generated<'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'>;
  cancel_requested: Generated<boolean>;
  turn: Generated<number | null>;
  documents_removed_at: Generated<Date | null>;
  idempotency_key: string | null;
  definition: Json<RunDefinition>;
  started_by: Json<Actor>;
  sequence: GeneratedAlways<number>;
  created_at: Created;
  started_at: Date | null;
  finished_at: Date | null;
  failure: Json<Failure> | null;
}
interface Document {
  organization_id: string;
  id: string;
  project_id: string;
  run_id: string | null;
  name: string;
  content_type: string;
  size: number;
  sha256: Buffer;
  created_at: Created;
  created_by: Json<Actor>;
  recorded: Generated<boolean>;
}
interface DocumentUsage {
  organization_id: string;
  bytes: number;
}
interface DocumentChunk {
  organization_id: string;
  document_id: string;
  number: number;
  bytes: Buffer;
}
interface RunItem {
  organization_id: string;
  run_id: string;
  id: string;
  position: number;
  document_id: string | null;
  name: string;
  content_type: string;
  size: number;
  sent: Generated<number>;
  status: Generated<'waiting' | 'running' | 'published' | 'unchanged' | 'skipped' | 'failed'>;
  attempts: Generated<number>;
  published_as: string | null;
  failure: Json<Failure> | null;
  finished_at: Date | null;
}
interface RunLog {
  organization_id: string;
  run_id: string;
  sequence: GeneratedAlways<number>;
  time: Created;
  level: 'info' | 'warning' | 'error';
  message: string;
  item_id: string | null;
}
interface ComponentTest {
  organization_id: string;
  id: string;
  component_id: string | null;
  draft: Json<ComponentDraft> | null;
  requested_by: Json<Actor>;
  requested_at: Created;
  answer: Json<{ passed: boolean; detail: string; failure: Failure | null; destinations: string[]; milliseconds: number }> | null;
}
/** A component as it would be saved. */
export interface ComponentDraft {
  projectId: string;
  name: string;
  type: string;
  /** Without sensitive options. */
  configuration: Record<string, unknown>;
  /** Stored secrets; those without a name are the component's own. */
  bindings: { option: string; secretId: string; secretName: string | null }[];
}
interface ComponentTestValue {
  organization_id: string;
  test_id: string;
  option: string;
  secret_id: string;
  version_id: string;
  key_id: string;
  sealed: Buffer;
}
interface SourceFolder {
  organization_slug: string;
  name: string;
}
interface AuditHead {
  organization_id: string;
  sequence: number;
  latest_time: Date;
}
interface AuditEventTable {
  organization_id: string;
  sequence: number;
  time: Date;
  recorded_by: string;
  body: string;
  action: GeneratedAlways<string>;
  outcome: GeneratedAlways<string>;
  actor_id: GeneratedAlways<string | null>;
  actor_name: GeneratedAlways<string | null>;
  target_kind: GeneratedAlways<string | null>;
  target_name: GeneratedAlways<string | null>;
  run_id: GeneratedAlways<string | null>;
  version_id: GeneratedAlways<string | null>;
}
interface AuditTile {
  organization_id: string;
  level: number;
  index: number;
  hashes: Buffer;
}
interface Checkpoint {
  organization_id: string;
  size: number;
  time: Date;
  note: string;
}
interface RecordState {
  organization_id: string;
  size: number;
  verified_at: Date | null;
  stopped_since: Date | null;
  code: string | null;
  reason: string | null;
}
interface SchemaMigration {
  number: number;
  name: string;
  sha256: string;
  applied_at: Created;
}

/** The tables of better-auth keep its column names. */
interface AuthUser {
  id: string;
  name: string;
  email: string;
  emailVerified: boolean;
  image: string | null;
  createdAt: Created;
  updatedAt: Created;
}
interface AuthSession {
  id: string;
  expiresAt: Date;
  token: string;
  createdAt: Created;
  updatedAt: Date;
  ipAddress: string | null;
  userAgent: string | null;
  userId: string;
  activeOrganizationId: string | null;
  lastSeenAt: Created;
}
interface AuthAccount {
  id: string;
  accountId: string;
  providerId: string;
  userId: string;
  accessToken: string | null;
  refreshToken: string | null;
  idToken: string | null;
  accessTokenExpiresAt: Date | null;
  refreshTokenExpiresAt: Date | null;
  scope: string | null;
  password: string | null;
  createdAt: Created;
  updatedAt: Date;
}
interface AuthVerification {
  id: string;
  identifier: string;
  value: string;
  expiresAt: Date;
  createdAt: Created;
  updatedAt: Created;
}
interface AuthOrganization {
  id: string;
  name: string;
  slug: string;
  logo: string | null;
  createdAt: Date;
  metadata: string | null;
}
interface AuthMember {
  id: string;
  organizationId: string;
  userId: string;
  role: string;
  createdAt: Date;
}
interface AuthInvitation {
  id: string;
  organizationId: string;
  email: string;
  role: string | null;
  status: string;
  expiresAt: Date;
  createdAt: Created;
  inviterId: string;
  sequence: GeneratedAlways<number>;
}
