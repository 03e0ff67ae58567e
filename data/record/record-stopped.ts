import { HoldfastError } from '@holdfast/api';

/** Why an organization's record does not verify. Stable: the page, the log and `doctor` show it. */
export type StopCode =
  /** Entries that were there are gone: the log is shorter than what was signed. */
  | 'record_rolled_back'
  /** An entry below a signed checkpoint is another one than it was. */
  | 'record_rewritten'
  /** An entry is missing or can be none, or rows stand outside of the log. */
  | 'record_incomplete'
  /** An entry says what cannot be, or was recorded by somebody who may not. */
  | 'record_violation'
  /** The checkpoint in the data plane's own folder is not one that it signed. */
  | 'record_checkpoint_invalid'
  /** The organization was deleted; what says that it is there is not to be believed. */
  | 'record_deleted';

/** The record of an organization does not verify, so its values are not used. */
export class RecordStopped extends Error {
  override readonly name = 'RecordStopped';
  readonly code: StopCode;

  constructor(code: StopCode, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** What a caller who wants to use a value is answered. */
export function toRecordStoppedError(stopped: RecordStopped): HoldfastError {
  return new HoldfastError('record_stopped', `The audit record of this organization does not verify: ${stopped.message}`, {
    cause: stopped,
  });
}
