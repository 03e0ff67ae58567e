import type { Trigger } from '@holdfast/api';

/** What a trigger does, in a cell of a table. */
export function settingsInWords({ settings }: Pick<Trigger, 'settings'>): string {
  switch (settings.kind) {
    case 'cron':
      return `${settings.expression} ${settings.timeZone}`;
    case 'poll':
      return `every ${settings.everyMinutes} min`;
    case 'webhook':
      return `${settings.signature}, ${settings.secretName ?? 'a secret'}`;
    case 'upload':
      return settings.expiresAt === null ? 'until revoked' : `until ${settings.expiresAt.slice(0, 10)}`;
  }
}
