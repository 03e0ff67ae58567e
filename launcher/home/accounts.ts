import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CommandError } from '@holdfast/terminal/report';
import type { PlaneName } from '../planes/plane-name.ts';
import type { StartSettings } from '../settings.ts';

/** An account of the operating system, by its numbers: it needs no name. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT: Account = { uid: 0, gid: 0 };

/**
 * Who each process runs as. They share one group, which opens PostgreSQL's socket to them and to nobody else.
 */
export type Accounts = Readonly<Record<PlaneName | 'database', Account>>;

/** Neither systemd nor Debian hands these numbers out (systemd's UIDS-GIDS.md: 60706 to 61183 are unused). */
const FIRST_DEFAULT = 60_740;
/** Of capabilities(7): what root in a container may lack. */
const CAPABILITIES = { CAP_CHOWN: 0, CAP_DAC_OVERRIDE: 1, CAP_KILL: 5, CAP_SETGID: 6, CAP_SETUID: 7 };

/**
 * The accounts of the processes that root starts. `null` when everything runs as our own account: for an
 * ordinary user, and for root by HOLDFAST_ACCOUNTS=shared.
 *
 * @param setting the first of four numbers: the group's, and the accounts' of control, data and database.
 *   60740 by default.
 * @throws CommandError when the numbers belong to others, or we may not use them.
 */
export function chooseAccounts(setting: StartSettings['accounts']): Accounts | null {
  if (setting === 'shared') return null;
  const first = setting ?? FIRST_DEFAULT;
  if (process.getuid?.() !== 0) {
    if (setting === undefined) return null;
    throw refused('HOLDFAST_ACCOUNTS is set, but only root can start processes as other accounts.', 'Start as root, or unset it.');
  }
  const all = { control: first + 1, data: first + 2, database: first + 3 };
  refuseTaken(first, Object.values(all));
  refuseUnusable(first + 3);
  const account = (uid: number): Account => ({ uid, gid: first });
  return { control: account(all.control), data: account(all.data), database: account(all.database) };
}

function refuseTaken(gid: number, uids: readonly number[]): void {
  for (const [file, numbers] of [
    ['/etc/passwd', uids],
    ['/etc/group', [gid]],
  ] as const) {
    for (const line of readLines(file)) {
      const [name = '', , number] = line.split(':');
      if (!numbers.includes(Number(number)) || name.startsWith('holdfast')) continue;
      throw refused(
        `${number} belongs to “${name}” in ${file}, and is one of the numbers that Holdfast's processes would get.`,
        'Set HOLDFAST_ACCOUNTS to the first of four numbers in a row that nobody has.',
      );
    }
  }
}

/** In a container root may have no such numbers, or not the right to change to them. */
function refuseUnusable(highest: number): void {
  const remedy = 'Start as an ordinary user, or set HOLDFAST_ACCOUNTS=shared: then both planes run as root.';
  for (const file of ['/proc/self/uid_map', '/proc/self/gid_map']) {
    const ranges = readLines(file).map((line) => line.trim().split(/\s+/).map(Number));
    if (ranges.length === 0 || ranges.some(([from = 0, , count = 0]) => from <= highest - 3 && highest < from + count)) continue;
    throw refused(`This user namespace has no account ${highest} (${file}).`, remedy);
  }
  const effective = readLines('/proc/self/status').find((line) => line.startsWith('CapEff:'));
  if (effective === undefined) return;
  const bits = BigInt(`0x${effective.slice('CapEff:'.length).trim()}`);
  const missing = Object.entries(CAPABILITIES).filter(([, bit]) => ((bits >> BigInt(bit)) & 1n) === 0n);
  if (missing.length > 0) throw refused(`Root lacks ${missing.map(([name]) => name).join(', ')} here.`, remedy);
}

/**
 * What of these the account may not read (folders: list and enter). The kernel is asked, so that access lists
 * count too.
 */
export function unreadableFor(account: Account, paths: readonly string[]): string[] {
  return failing(account, '[ -r "$p" ] && { [ ! -d "$p" ] || [ -x "$p" ]; }', paths);
}

/** In which of these folders the account may make no files. */
export function unwritableFor(account: Account, folders: readonly string[]): string[] {
  return failing(account, '[ -w "$p" ] && [ -x "$p" ]', folders);
}

function failing({ uid, gid }: Account, condition: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const script = `for p do if ${condition}; then :; else printf '%s\\0' "$p"; fi; done`;
  const { stdout, error } = spawnSync('/bin/sh', ['-c', script, 'sh', ...paths], { cwd: '/', env: {}, uid, gid, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return stdout.split('\0').slice(0, -1);
}

/** Whether the account gets as far as to this folder; it need not be able to list it. */
export function canEnter({ uid, gid }: Account, folder: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/', env: {}, uid, gid, stdio: 'ignore' }).status === 0;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

function refused(message: string, remedy: string): CommandError {
  return new CommandError(message, { remedy, code: 'configuration', exitCode: 2 });
}
