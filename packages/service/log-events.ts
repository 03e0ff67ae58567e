import type { Logger as PinoLogger } from 'pino';

interface LogEventFacts {
  readonly level: 'info' | 'warn' | 'error';
  /** The line's `msg`. */
  readonly message: string;
  /** The line's other members, in camelCase, and what each is. */
  readonly fields: Readonly<Record<string, string>>;
}

const ORGANIZATION = { organizationId: 'The organization.' } as const;
const ERROR = { error: 'The message of the error.' } as const;

/**
 * Every event that a plane logs, by its stable name: what it is about, a dot, what happened to it. Alerts and
 * searches go by the name; the message is for reading, and may get better. `node tools/log-events.ts` makes
 * docs/reference/log-events.md of it.
 */
export const LOG_EVENTS = {
  'process.stopping': { level: 'info', message: 'stopping', fields: { reason: 'The signal, or what was noticed.' } },
  'process.stop_failed': { level: 'error', message: 'could not stop cleanly', fields: ERROR },
  'process.failed': {
    level: 'error',
    message: 'an error was caught by nothing, the process ends in order',
    fields: {
      kind: '`unhandledRejection` or `uncaughtException`.',
      errorName: 'The class of the error.',
      errorCode: 'Its code, if it has one.',
      places: 'Where it was thrown: files and lines, the innermost first. Never its message.',
    },
  },
  'log.line_withheld': {
    level: 'error',
    message: 'a line of this log could not be searched for values of secrets, and is left out',
    fields: {},
  },
  'request.answered': {
    level: 'info',
    message: 'request answered',
    fields: {
      method: 'Of HTTP.',
      route: 'The pattern of the address, `none` where nothing is. Never the address itself.',
      status: 'Of HTTP.',
      milliseconds: 'From the first byte of the request to the last one of the answer.',
    },
  },
  'request.failed': { level: 'error', message: 'request failed', fields: { error: 'Name, message and stack of the error.' } },
  'queue.error': { level: 'error', message: 'queue error', fields: ERROR },
  'node.not_announced': { level: 'error', message: 'this node could not be announced to the others', fields: ERROR },

  'control.ready': {
    level: 'info',
    message: 'control plane ready',
    fields: { url: 'Where people reach the console.', setUp: 'False while nobody has an account.' },
  },
  'sign_in.not_recorded': { level: 'error', message: 'a refused sign-in could not be recorded', fields: ERROR },
  'password_reset.failed': { level: 'error', message: 'a link for a new password could not be made', fields: ERROR },
  'upload.not_recorded': {
    level: 'error',
    message: 'uploads could not be recorded; they are taken along with the next upload or start',
    fields: ERROR,
  },
  'audit.repeats_lost': {
    level: 'error',
    message: 'the number of repeated events could not be recorded',
    fields: { count: 'Events that are missing.' },
  },

  'trigger.failed': {
    level: 'error',
    message: 'a trigger could not be looked at; it is tried again',
    fields: { ...ORGANIZATION, triggerId: 'The trigger.', ...ERROR },
  },

  'data.ready': {
    level: 'info',
    message: 'data plane ready',
    fields: { signingKey: 'Fingerprint of the signing key.', rootKeyCreated: 'Whether the root key was made just now.' },
  },
  'node.replaced': {
    level: 'error',
    message: 'another data plane has started with this home, which belongs to one node; this one ends',
    fields: {},
  },
  'node.leads': {
    level: 'info',
    message: 'this node does the periodic work',
    fields: { nodeId: 'This node.', epoch: 'Grows with each node that takes the work over.' },
  },
  'node.follows': { level: 'info', message: 'another node does the periodic work', fields: { nodeId: 'This node.' } },
  'node.gone': {
    level: 'warn',
    message: 'nodes are gone, their database sessions are ended',
    fields: { nodeIds: 'Those that are gone.', sessions: 'How many were ended.' },
  },
  'periodic_work.failed': {
    level: 'error',
    message: 'periodic work failed; it is tried again',
    fields: { work: 'Which one.', ...ERROR },
  },
  'public_keys.mismatch': { level: 'error', message: 'public keys in the database were not confirmed', fields: ERROR },

  'run.resumed': { level: 'info', message: 'run resumed after its process ended', fields: { runId: 'The run.' } },
  'run_locks.lost': { level: 'error', message: 'locks of runs lost, they are taken again', fields: ERROR },
  'run.interrupted': { level: 'error', message: 'run interrupted by an error; it is resumed', fields: ERROR },
  'run.too_long': {
    level: 'warn',
    message: 'run ended, since it took longer than HOLDFAST_RUN_MAXIMUM_HOURS',
    fields: { runId: 'The run.' },
  },
  'run.failed': {
    level: 'error',
    message: 'run failed for a reason that is ours',
    fields: { errorName: 'The class of the error.', ...ERROR },
  },
  'item.failed': {
    level: 'error',
    message: 'document failed for a reason that is ours',
    fields: { errorName: 'The class of the error.', error: 'Its message, without values of secrets.' },
  },
  'component_test.failed': {
    level: 'error',
    message: 'component test failed for a reason that is ours',
    fields: { errorName: 'The class of the error.' },
  },

  'record.stopped': {
    level: 'error',
    message: 'record does not verify, uses are stopped',
    fields: { ...ORGANIZATION, code: 'Of docs/reference/audit-record.md.', reason: 'In words.' },
  },
  'record.verified_again': { level: 'info', message: 'record verifies again', fields: ORGANIZATION },
  'record.not_checked': { level: 'error', message: 'records could not be checked', fields: ERROR },
  'record.snapshot_unusable': { level: 'warn', message: 'record snapshot not usable, reading the whole log', fields: ORGANIZATION },
  'record.tiles_unusable': {
    level: 'warn',
    message: 'record proof from stored tiles failed, reading the whole log',
    fields: { ...ORGANIZATION, size: 'Of the checkpoint, in entries.' },
  },
  'record.accepted': {
    level: 'warn',
    message: 'record accepted by the operator',
    fields: { ...ORGANIZATION, code: 'Why it was stopped.', entries: 'How many are accepted.' },
  },
  'record.not_accepted': {
    level: 'warn',
    message: 'record not accepted',
    fields: { ...ORGANIZATION, reason: 'Why the operator’s request was not followed.' },
  },
  'checkpoint.not_signed': { level: 'error', message: 'checkpoint not signed', fields: { ...ORGANIZATION, ...ERROR } },

  'organization.deletion_begun': {
    level: 'warn',
    message: 'organization is being deleted, its keys are gone',
    fields: { ...ORGANIZATION, slug: 'Its short name.', name: 'Its name.', requestedBy: 'The owner who asked for it.' },
  },
  'organization.deleted': {
    level: 'warn',
    message: 'organization deleted',
    fields: { ...ORGANIZATION, slug: 'Its short name.', name: 'Its name.', requestedBy: 'The owner who asked for it.' },
  },
  'organization.forgotten': { level: 'info', message: 'organization deleted, its checkpoints are set aside', fields: ORGANIZATION },

  'key_rotation.waits': { level: 'error', message: 'key rotation waits', fields: { ...ORGANIZATION, ...ERROR } },
  'key_rotation.started': {
    level: 'info',
    message: 'sealing key rotated, values are sealed again',
    fields: { ...ORGANIZATION, rotationId: 'The rotation.' },
  },
  'key_rotation.finished': { level: 'info', message: 'key rotation finished', fields: { ...ORGANIZATION, rotationId: 'The rotation.' } },
  'key_rotation.not_read': { level: 'error', message: 'key rotations could not be read', fields: ERROR },
  'sealing_key.destroyed': {
    level: 'info',
    message: 'former sealing key destroyed',
    fields: { ...ORGANIZATION, keyId: 'The key.' },
  },

  'invitation_mail.not_sent': { level: 'warn', message: 'the mail of an invitation was not sent', fields: ERROR },
  'account_mail.not_sent': {
    level: 'warn',
    message: 'a mail to the holder of an account was not sent',
    fields: { kind: 'What it is about.', ...ERROR },
  },
} as const satisfies Record<string, LogEventFacts>;

export type LogEvent = keyof typeof LOG_EVENTS;
/** Those that say an error and nothing else. */
export type LogErrorEvent = { [Event in LogEvent]: keyof (typeof LOG_EVENTS)[Event]['fields'] extends 'error' ? Event : never }[LogEvent];

/**
 * Writes a line: `event`, the fields and the event's message, at the event's level.
 *
 * @param fields as {@link LOG_EVENTS} lists them. Of an error only the message is written; take values of
 *   secrets out of it first, when it may hold one that is not protected.
 * @example
 * logEvent(logger, 'run.resumed', { runId });
 */
export function logEvent<Event extends LogEvent>(
  logger: Pick<PinoLogger, 'info' | 'warn' | 'error'>,
  event: Event,
  fields: Readonly<Record<keyof (typeof LOG_EVENTS)[Event]['fields'], unknown>>,
): void {
  const { level, message }: LogEventFacts = LOG_EVENTS[event];
  const { error, ...others } = fields as Readonly<Record<string, unknown>>;
  const shown = error === undefined ? {} : { error: error instanceof Error ? error.message : error };
  logger[level]({ event, ...others, ...shown }, message);
}
