import { spawnGuarded } from '@holdfast/service/watchdog';
import { refuseUnreadableSettings } from './account-checks.ts';
import { chooseAccounts } from './accounts.ts';
import { homeAt } from './home.ts';
import { planeCommand } from './plane-command.ts';
import { foregroundEnvironment, type PlaneName } from './plane-environments.ts';
import { placeFor } from './plane-place.ts';
import { PLANE_SIGNALS } from './plane-process.ts';
import { makePlaneFolders } from './state-owners.ts';

/** One plane as this command: its settings are this environment, its log is our output, a signal to us ends it. */
export async function runPlaneInForeground(plane: PlaneName): Promise<number> {
  const accounts = chooseAccounts(process.env.HOLDFAST_ACCOUNTS || undefined);
  const home = homeAt(process.env.HOLDFAST_HOME || undefined, accounts);
  if (accounts !== null) {
    refuseUnreadableSettings(plane, process.env, accounts[plane]);
    makePlaneFolders(home, plane);
  }
  const place = placeFor(home);
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
