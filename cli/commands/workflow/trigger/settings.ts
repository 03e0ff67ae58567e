import { HOOK_SIGNATURES, type HookSignature, type Trigger, type TriggerKind, type TriggerSettingsBody } from '@holdfast/api';
import { usageError } from '@holdfast/terminal/report';
import { type Command, Option } from 'commander';

/** How a trigger is set: the same options when it is added and when it is changed. */
export interface SettingsOptions {
  cron?: string;
  timeZone?: string;
  skipMissed?: true;
  missedHours?: string;
  poll?: string;
  webhook?: string;
  signature?: HookSignature;
  documentName?: string;
  upload?: true;
  expires?: string;
  maximumBytes?: string;
  perMinute?: string;
}

/** Of which kinds of triggers an option is: given for another kind it would do nothing. */
const KINDS_OF: Readonly<Record<keyof SettingsOptions, readonly TriggerKind[]>> = {
  cron: ['cron'],
  timeZone: ['cron'],
  skipMissed: ['cron'],
  missedHours: ['cron'],
  poll: ['poll'],
  webhook: ['webhook'],
  signature: ['webhook'],
  documentName: ['webhook'],
  upload: ['upload'],
  expires: ['upload'],
  maximumBytes: ['webhook', 'upload'],
  perMinute: ['webhook', 'upload'],
};
const OPTIONS = Object.keys(KINDS_OF) as (keyof SettingsOptions)[];
const KIND_WORDS: Readonly<Record<TriggerKind, string>> = {
  cron: 'a schedule',
  poll: 'new documents of a connector',
  webhook: 'a webhook',
  upload: 'an upload address',
};

const flagOf = (option: string) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The options of every kind but `--upload`, which says only what kind it is. */
export function addSettingsOptions(command: Command): Command {
  return command
    .option('--cron <schedule>', 'at times: minute, hour, day of the month, month, day of the week')
    .option('--time-zone <name>', 'of the schedule, such as Europe/Berlin; UTC for a new one')
    .option('--missed-hours <hours>', 'start one run for times at which no data plane ran, at most so long ago; 24 for a new one')
    .option('--skip-missed', 'leave out times at which no data plane ran')
    .option('--poll <minutes>', 'when its connector has new documents, asked so often: 1 to 1440')
    .option('--webhook <secret>', 'by requests that are signed with this organization secret')
    .addOption(new Option('--signature <form>', 'how those are signed; holdfast for a new one').choices(HOOK_SIGNATURES))
    .option('--document-name <name>', 'what the document of a request is called; {time} and {delivery} are filled in')
    .option('--expires <date>', 'when the token of an upload address ends, such as 2027-01-31, or never')
    .option('--maximum-bytes <bytes>', 'of the body of a request to a webhook, or of one file to an upload address')
    .option('--per-minute <runs>', 'how many runs requests may start in a minute');
}

/** Whether any setting is named. */
export function namesSettings(options: SettingsOptions): boolean {
  return OPTIONS.some((option) => options[option] !== undefined);
}

/** Of a new trigger. What is not given is what the server says. */
export function newSettings(options: SettingsOptions): TriggerSettingsBody {
  const { cron, poll, webhook, upload } = options;
  const kinds = [cron, poll, webhook, upload].filter((each) => each !== undefined);
  if (kinds.length !== 1) throw usageError('What starts it?', 'Give one of --cron, --poll, --webhook and --upload.');
  if (cron !== undefined) return { kind: 'cron', expression: cron, ...given('cron', options) };
  if (poll !== undefined) return { kind: 'poll', ...given('poll', options) };
  if (webhook !== undefined) return { kind: 'webhook', secretName: webhook, ...given('webhook', options) };
  return { kind: 'upload', ...given('upload', options) };
}

/** Of a trigger that is there: what is not given stays. Its kind stays in any case. */
export function changedSettings(settings: Trigger['settings'], options: SettingsOptions): TriggerSettingsBody {
  if (settings.kind !== 'webhook') return { ...settings, ...given(settings.kind, options) };
  const secretName = options.webhook ?? settings.secretName;
  if (secretName === null)
    throw usageError('The secret that its requests are signed with is not there any more.', 'Name one with --webhook.');
  return { ...settings, ...given('webhook', options), secretName };
}

/** The settings that were given, which must be of this kind. */
function given(kind: TriggerKind, options: SettingsOptions) {
  const strange = OPTIONS.find((option) => options[option] !== undefined && !KINDS_OF[option].includes(kind));
  if (strange !== undefined) {
    const others = KINDS_OF[strange].map((each) => KIND_WORDS[each]).join(' or ');
    throw usageError(`${flagOf(strange)} is a setting of ${others}, and the trigger is of another kind: ${KIND_WORDS[kind]}.`);
  }
  if (options.skipMissed && options.missedHours !== undefined) {
    throw usageError('--skip-missed and --missed-hours contradict each other.', 'Give one of them.');
  }
  const { cron, timeZone, skipMissed, missedHours, poll, signature, documentName, expires, maximumBytes, perMinute } = options;
  return {
    ...(cron !== undefined && { expression: cron }),
    ...(timeZone !== undefined && { timeZone }),
    ...(skipMissed && { missed: 'skip' as const }),
    ...(missedHours !== undefined && { missed: 'once' as const, missedHours: wholeNumber('missedHours', missedHours) }),
    ...(poll !== undefined && { everyMinutes: wholeNumber('poll', poll) }),
    ...(signature !== undefined && { signature }),
    ...(documentName !== undefined && { documentName }),
    ...(expires !== undefined && { expiresAt: expires === 'never' ? null : expires }),
    ...(maximumBytes !== undefined && { maximumBytes: wholeNumber('maximumBytes', maximumBytes) }),
    ...(perMinute !== undefined && { perMinute: wholeNumber('perMinute', perMinute) }),
  };
}

/** Its bounds are the server's, whose answer names them. */
function wholeNumber(option: keyof SettingsOptions, text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw usageError(`${flagOf(option)} takes a whole number from 1.`);
  return Number(text);
}
