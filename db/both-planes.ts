/** What both planes use of the database, whatever tables each may name. */

export type { ConnectOptions } from './connection/connect.ts';
export { problemOfConnection } from './connection/connection-error.ts';
export {
  databaseErrorCode,
  databaseFaultOf,
  isCheckViolation,
  isConstraintViolation,
  isDatabaseOutage,
  isForeignKeyViolation,
  isRowError,
  isUniqueViolation,
  SQLSTATE,
} from './connection/database-errors.ts';
export { inNaturalGroups, inNaturalGroupsByConnection, inNaturalGroupsByKey } from './connection/natural-groups.ts';
export { rowsOf, type Statements } from './connection/statements.ts';
export { changeInOneStatement, TryAgain, transaction } from './connection/transaction.ts';
export { fitsDocumentQuota } from './documents/document-quota.ts';
export { DOCUMENT_CHUNK_BYTES, insertChunk } from './documents/insert-chunk.ts';
export { storeInChunks } from './documents/store-in-chunks.ts';
export { hashToken } from './hash-token.ts';
export { createInstanceClock, type InstanceClock, LATEST_TIME, LATEST_TIME_TEXT } from './instance-clock.ts';
export { locking, lockNamed } from './lock-order.ts';
export { recordingOrganizations } from './memberships.ts';
export { announceNode, NODE_SECONDS, type NodeFacts, recordHeartbeat } from './nodes.ts';
export { createQueue, type Jobs, type Queue, type QueueName } from './queue.ts';
export { type AppendedEvent, appendAudit, appendAuditBodies } from './record/append-audit.ts';
export { type AuditFact, auditFact } from './record/audit-fact.ts';
export { triggerDefinitions } from './record/definitions.ts';
export { readEntries, tileReader } from './record/tile-reader.ts';
export { type LockedWorkflow, lockWorkflow, type PublishedVersion, workflowNotFound } from './runs/lock-workflow.ts';
export { type RunRequest, startRun } from './runs/start-run.ts';
export { requireSchema } from './schema/require-schema.ts';
export { FORMER_KEY_ENDED, FORMER_KEY_MINUTES } from './sealing-keys.ts';
export {
  type Actor,
  type ComponentDraft,
  type ComponentNames,
  type RunCounts,
  SIGNING_SECRET,
  type TriggerConfiguration,
  type WorkflowDefinition,
  type WorkflowSource,
  type WorkflowStep,
} from './stored-json.ts';
export { DATA_PLANE, OPERATOR } from './system-actors.ts';
export { mailOwnersAndAdmins, mailWaitingDestinations } from './waiting-mails.ts';
export { announceWaitingRuns, listenForWaitingRuns } from './waiting-runs.ts';
