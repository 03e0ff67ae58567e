import { readFileSync } from 'node:fs';
import { CommandError } from '@holdfast/terminal/report';
import { type Home, homeAt } from '../home/home.ts';
import { readStartSettings } from '../settings.ts';

export function operatorsHome(): Home {
  return homeAt(readStartSettings(process.env).home);
}

/** How the control plane logs in; only the operator's account can read it. */
export function controlUrl(): string {
  const file = operatorsHome().databaseUrls.control;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'}).`, {
      code: 'not_the_operator',
      remedy: 'Run this on the machine of Holdfast, as the account that starts it, with HOLDFAST_HOME set to its folder.',
    });
  }
}
