import { existsSync } from 'node:fs';
import { asOwner } from '@holdfast/db/owner';
import type { Home } from './home/home.ts';
import { readSetupToken } from './home/setup-token.ts';

/** What `holdfast start` prints when everything runs. */
export interface Summary {
  readonly home: string;
  readonly database: 'embedded' | 'external';
  readonly databaseFound: 'new' | 'existing';
  readonly rootKeyFile: string;
  readonly rootKeyFound: 'new' | 'existing';
  readonly signingKeyFingerprint: string;
  readonly organizations: number;
  readonly secrets: number;
  readonly consoleUrl: string;
  /** Works once, while there is no account. */
  readonly setupUrl: string | null;
  readonly dataUrl: string;
  /** Numbers of the accounts that the processes run as; null when all run as the one that started them. */
  readonly accounts: { readonly control: number; readonly data: number; readonly database: number } | null;
  readonly milliseconds: number;
}

/** Counts what was found, as the owner of the database. */
export async function countState(ownerUrl: string): Promise<{ organizations: number; secrets: number }> {
  return asOwner(ownerUrl, 'holdfast-start', async (client) => {
    const { rows } = await client.query<{ organizations: number; secrets: number }>(
      `select (select count(*)::integer from auth.organization) as organizations,
         (select count(*)::integer from holdfast.secret where name is not null) as secrets`,
    );
    return rows[0] ?? { organizations: 0, secrets: 0 };
  });
}

export function setupUrl(home: Home, publicUrl: string): string | null {
  return existsSync(home.setupToken) ? `${publicUrl}/setup#${readSetupToken(home.setupToken)}` : null;
}

function describeAccounts(accounts: Summary['accounts']): string {
  return accounts === null
    ? 'one for all processes: only the permission model of Node stands between them'
    : `control ${accounts.control}, data ${accounts.data}, PostgreSQL ${accounts.database}`;
}

/** For a terminal. */
export function describeSummary(summary: Summary): string {
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const state =
    summary.databaseFound === 'new'
      ? 'new'
      : `found as it was: ${count(summary.organizations, 'organization')}, ${count(summary.secrets, 'secret')}`;
  const lines = [
    '',
    `Holdfast is ready (${(summary.milliseconds / 1000).toFixed(1)} s).`,
    '',
    `  Console        ${summary.consoleUrl}`,
    ...(summary.setupUrl === null ? [] : [`  Set it up      ${summary.setupUrl}`, '                 (works once, for the first account)']),
    '',
    `  Control plane  never opens; ${summary.consoleUrl}`,
    `  Data plane     opens and runs; ${summary.dataUrl}`,
    `  Database       ${summary.database === 'embedded' ? 'PostgreSQL 18, embedded, on a private socket' : 'yours, by DATABASE_URL'}; ${state}`,
    `  State          ${summary.home}`,
    `  Accounts       ${describeAccounts(summary.accounts)}`,
    `  Root key       ${summary.rootKeyFile}${summary.rootKeyFound === 'new' ? ' (new)' : ''}`,
    '                 Back it up, apart from the database: without it no stored value can be used,',
    '                 with both anybody can read every value.',
    `  Signing key    ${summary.signingKeyFingerprint}`,
    '',
    'Ctrl-C stops everything.',
    '',
  ];
  return lines.join('\n');
}
