import { spawnGuarded } from '@holdfast/service/watchdog';
import { readSettings } from '@holdfast/settings';
import { refuseUnreadableSettings } from '../home/account-checks.ts';
import { chooseAccounts } from '../home/accounts.ts';
import { withHome } from '../home/choose-home.ts';
import { homeAt } from '../home/home.ts';
import { makePlaneFolders } from '../home/state-owners.ts';
import { planeCommand } from './plane-command.ts';
import { foregroundEnvironment } from './plane-environments.ts';
import type { PlaneName } from './plane-name.ts';
import { placeFor } from './plane-place.ts';
import { PLANE_SIGNALS } from './plane-process.ts';

/**
 * One plane as this command: its settings are this environment, its log is our output, a signal to us ends
 * it.
 */
export async function runPlaneInForeground(plane: PlaneName): Promise<number> {
  // The files that its settings name are the plane's to read; what else is wrong is said before it is
  // started.
  const settings = readSettings(withHome(process.env), ['launcher', plane], { unreadableFiles: 'ignore' });
  const accounts = chooseAccounts(settings.accounts);
  const home = homeAt(settings.home, accounts);
  if (accounts !== null) {
    refuseUnreadableSettings(plane, process.env, accounts[plane]);
    makePlaneFolders(home, plane);
  }
  // Not among the lines of its log.
  const place = await placeFor(home, [plane], (line) => process.stderr.write(`${line}\n`));
  const command = planeCommand(plane, foregroundEnvironment(process.env, plane, place), place);
  const guarded = spawnGuarded([command.program, ...command.arguments], PLANE_SIGNALS, {
    ...command.account,
    cwd: command.workingDirectory,
    env: command.environment,
    stdio: ['inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void guarded.end());
  return guarded.ended;
}
