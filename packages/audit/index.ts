/** The audit record's formats: events, the hash chain, exports and checkpoints. No database, no network. */
export { AuditEventError, canonicalBody } from './canonical-body.ts';
export { type Checkpoint, CheckpointError, type CheckpointHead, formatCheckpoint, verifyCheckpoint } from './checkpoint.ts';
export { splitCheckpoints } from './checkpoint-file.ts';
export { type AuditActor, type AuditEvent, BODY_MAXIMUM_BYTES, OUTCOMES, type Outcome } from './event.ts';
export { eventHash, genesisHash, type HashedFacts } from './event-hash.ts';
export { type ExportedEvent, type ExportHeader, exportHeader, exportLine, parseExport } from './export.ts';
export { ExportError } from './export-error.ts';
export { AppendError, type Appended, createGroupAppender, type GroupAppender } from './group-appender.ts';
export { linesOf } from './lines.ts';
export { type BrokenExport, type SoundExport, type Verification, verifyExport } from './verify-export.ts';
