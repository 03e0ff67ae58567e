import type { Command } from 'commander';
import { launch } from '../launcher/launch.ts';
import { readStartSettings } from '../launcher/settings.ts';
import { describeSummary } from '../launcher/summary.ts';

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('start everything on this machine: PostgreSQL, the control plane, the data plane')
    .addHelpText(
      'after',
      '\nState lies in HOLDFAST_HOME (.holdfast). Settings are environment variables; docs/guides/configuration.md lists them.',
    )
    .action(async (_options, command: Command) => {
      const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
      const say = (text: string) => process.stderr.write(`${text}\n`);
      const starting = launch(readStartSettings(process.env), say);
      const stopped = untilStopped(starting, say);
      const { summary, broken } = await starting;
      process.stdout.write(json ? `${JSON.stringify({ ready: true, ...summary })}\n` : describeSummary(summary));
      await Promise.race([
        stopped,
        broken.catch(async (error: unknown) => {
          await (await starting).stop();
          throw error;
        }),
      ]);
      if (!json) say('Stopped. Everything is kept.');
      // A pipe that nobody reads must not keep the program.
      process.exit(0);
    });
}

/** Resolves when a signal has stopped everything. A second signal does not wait. */
function untilStopped(starting: ReturnType<typeof launch>, say: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = false;
    const onSignal = () => {
      if (asked) process.exit(1);
      asked = true;
      say('Stopping …');
      starting.then((launched) => launched.stop()).then(resolve, reject);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}
