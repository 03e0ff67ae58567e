import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { planeCommand } from './plane-command.ts';
import { foregroundEnvironment, type PlaneName } from './plane-environments.ts';

/** One plane as this command: its settings are this environment, its log is our output, our signals are for it. */
export async function runPlaneInForeground(plane: PlaneName): Promise<number> {
  const command = planeCommand(plane, foregroundEnvironment(process.env), process.cwd());
  const child = spawn(command.program, command.arguments, {
    cwd: command.workingDirectory,
    env: command.environment,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  // Ctrl-C reaches it by itself.
  process.on('SIGINT', () => {});
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
