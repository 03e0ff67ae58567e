import { spawnGuarded } from '@holdfast/service/watchdog';
import { planeCommand } from './plane-command.ts';
import { foregroundEnvironment, type PlaneName } from './plane-environments.ts';
import { PLANE_SIGNALS } from './plane-process.ts';

/** One plane as this command: its settings are this environment, its log is our output, a signal to us ends it. */
export async function runPlaneInForeground(plane: PlaneName): Promise<number> {
  const command = planeCommand(plane, foregroundEnvironment(process.env), process.cwd());
  const guarded = spawnGuarded([command.program, ...command.arguments], PLANE_SIGNALS, {
    cwd: command.workingDirectory,
    env: command.environment,
    stdio: ['inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void guarded.end());
  return guarded.ended;
}
