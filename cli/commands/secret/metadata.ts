import { EXPIRY_RULE, expiryInstant, expiryWords, isPast, SECRET_KINDS } from '@holdfast/api';
import type { SecretMetadataToSet } from '@holdfast/sdk';
import { remark } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { type Command, Option } from 'commander';
import type { Workplace } from '../../connection.ts';
import { findMember } from '../../find-member.ts';
import { findProject } from '../../lookup.ts';
import { repeatable } from '../repeatable.ts';

/** Options for what is known about a secret beside its value, the same for `set` and `edit`. */
export interface MetadataOptions {
  readonly description?: string;
  readonly kind?: (typeof SECRET_KINDS)[number];
  readonly owner?: string;
  readonly project?: readonly string[];
  readonly allProjects?: true;
  readonly expires?: string;
  readonly rotationDays?: string;
  readonly obtainUrl?: string;
}

export function metadataOptions(command: Command): Command {
  return command
    .option('--description <text>', 'what it is for')
    .addOption(new Option('--kind <kind>', 'what sort of secret it is').choices(SECRET_KINDS))
    .option('--owner <member>', 'who looks after it: e-mail address or name, or none')
    .option<readonly string[] | undefined>('--project <name>', 'only this project may use it; several times for several', repeatable)
    .option('--all-projects', 'every project may use it')
    .option('--expires <date>', 'from then on it counts as missing: 2027-01-31, a full time, or never')
    .option('--rotation-days <days>', 'days after which it is due for a new value, or never')
    .option('--obtain-url <url>', 'the page where a new value is obtained, or none');
}

/** Only what was named, so that nothing else is changed. */
export async function metadataOf(options: MetadataOptions, place: Workplace): Promise<SecretMetadataToSet> {
  const { description, expires, kind, obtainUrl, rotationDays } = options;
  const owner = options.owner === undefined || options.owner === 'none' ? undefined : await findMember(place, options.owner);
  const projects = await Promise.all((options.project ?? []).map((name) => findProject(place, name)));
  return {
    ...(description === undefined ? {} : { description }),
    ...(kind === undefined ? {} : { kind }),
    ...(options.owner === undefined ? {} : { ownerId: owner?.userId ?? null }),
    ...(options.allProjects ? { scope: { kind: 'all-projects' as const } } : {}),
    ...(projects.length === 0 ? {} : { scope: { kind: 'projects' as const, projectIds: projects.map(({ id }) => id) } }),
    ...(rotationDays === undefined ? {} : { rotationDays: rotationDays === 'never' ? null : Number(rotationDays) }),
    ...(expires === undefined ? {} : { expiresAt: expires === 'never' ? null : expiryOf(expires) }),
    ...(obtainUrl === undefined ? {} : { obtainUrl: obtainUrl === 'none' ? null : obtainUrl }),
  };
}

/** What is wrong with them in themselves, before a value is asked for; says when it will expire. */
export function checkMetadata({ allProjects, expires, project, rotationDays }: MetadataOptions): void {
  if (allProjects && project !== undefined) throw usageError('--project and --all-projects contradict each other.', 'Name one of them.');
  if (rotationDays !== undefined && rotationDays !== 'never' && !/^\d+$/.test(rotationDays)) {
    throw usageError('--rotation-days takes a whole number of days, or never.');
  }
  if (expires !== undefined && expires !== 'never') {
    const instant = expiryOf(expires);
    remark(isPast(instant) ? `${expires} is past: the secret counts as missing at once.` : `It will expire at ${expiryWords(instant)}.`);
  }
}

function expiryOf(text: string): string {
  const instant = expiryInstant(text);
  if (instant === undefined) throw usageError(`--expires: ${EXPIRY_RULE} Or: never.`);
  return instant;
}
