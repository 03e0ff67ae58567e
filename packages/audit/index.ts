/**
 * The audit record's formats: events, the log as a Merkle tree, proofs, exports and checkpoints. No database,
 * no network.
 */
export { ACTIONS, type AuditAction, isAuditAction, RECORDERS, type Recorder } from './actions.ts';
export { AuditEventError, canonicalBody } from './canonical-body.ts';
export {
  type Checkpoint,
  CheckpointError,
  formatCheckpoint,
  type LogName,
  logOrigin,
  type VerifiedCheckpoint,
  verifierKey,
  verifyCheckpoint,
} from './checkpoint.ts';
export { splitCheckpoints, wholeNotesLength } from './checkpoint-file.ts';
export { type ComparedCheckpoints, type ContradictingCheckpoints, compareCheckpoints } from './compare-checkpoints.ts';
export {
  type ComponentDefinition,
  type ComponentTestDefinition,
  componentDefinition,
  componentTestDefinition,
  type SecretPolicy,
  secretDefinition,
  type TriggerDefinition,
  triggerDefinition,
  workflowDigest,
} from './definitions.ts';
export { type DigestedDocument, documentsDetail } from './documents-detail.ts';
export { entryBytes, entryHash, entryTime, type LogEntry, parseEntryBytes } from './entry.ts';
export { ACTOR_KINDS, type AuditActor, type AuditEvent, BODY_MAXIMUM_BYTES, type Definition, OUTCOMES, type Outcome } from './event.ts';
export { type ExportHeader, type ExportItem, exportHeader, exportLine, parseExport, type StrayRow } from './export.ts';
export { ExportError } from './export-error.ts';
export { AppendError, type Appended, createGroupAppender, type GroupAppender } from './group-appender.ts';
export { linesOf } from './lines.ts';
export { foldRow, LogTree, splitHashes, TILE_WIDTH, type Tile } from './log-tree.ts';
export { ownValueName } from './own-value-name.ts';
export { consistencyProof, inclusionProof, type ReadTile, verifyConsistency, verifyInclusion } from './proofs.ts';
export { createReSealCheck, type ReSeal, type ReSealCheck, reSealBytes } from './re-seal.ts';
export { createRepeatFold, type RepeatFold, type Repeats } from './repeat-fold.ts';
export { DELETED, type SecretStatement } from './secret-statements.ts';
export {
  createStatements,
  RecordViolation,
  type StatementReader,
  type Statements,
  statedDigest,
} from './statements.ts';
export {
  type EntryProof,
  formatEntryProof,
  isEntryProof,
  type ProvenEntry,
  type UnprovenEntry,
  verifyEntryProof,
} from './tlog-proof.ts';
export { isUtcTime } from './utc-time.ts';
export {
  type ExportVerification,
  type Proven,
  type SoundExport,
  UNSOUND_CODES,
  type UnsoundCode,
  type UnsoundExport,
  verifyExport,
} from './verify-export.ts';
