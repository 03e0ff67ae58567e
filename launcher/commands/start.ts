import { once } from 'node:events';
import { machineCommand } from '@holdfast/terminal/machine-commands';
import { wantsJson } from '@holdfast/terminal/output';
import { type Command, Option } from 'commander';

/**
 * Ctrl-C below npm arrives twice, from the terminal and from npm; a later one asks not to wait for a clean
 * end.
 */
const DUPLICATE_SIGNAL_MILLISECONDS = 1_000;

export function registerStart(program: Command): void {
  program
    .command('start')
    .description(machineCommand('start').description)
    .addOption(new Option('--stop-with <pid>', 'stop when this process, our parent, has ended').hideHelp())
    .addHelpText(
      'after',
      '\nState lies in HOLDFAST_HOME (.holdfast in the clone). Settings are environment variables; docs/guides/configuration.md lists them.',
    )
    .action(async (_options, command: Command) => {
      const json = wantsJson(command);
      const { launch } = await import('../launch.ts');
      const { keepGivingMemoryBack } = await import('../planes/give-memory-back.ts');
      const { readStartSettings } = await import('../settings.ts');
      const { describeSummary } = await import('../summary.ts');
      const say = (text: string) => process.stderr.write(`${text}\n`);
      const stopping = stopOnSignal(say);
      try {
        const { summary, failed, stop } = await launch(readStartSettings(process.env), say, stopping);
        process.stdout.write(json ? `${JSON.stringify({ ready: true, ...summary })}\n` : describeSummary(summary));
        keepGivingMemoryBack();
        try {
          // It may have been asked to stop just before everything was up: then nothing more would come.
          if (!stopping.aborted) await Promise.race([failed, once(stopping, 'abort')]);
        } finally {
          await stop();
        }
      } catch (error) {
        // Asked to stop while still starting: what was started has been stopped.
        if (!stopping.aborted) throw error;
      }
      if (!json) say('Stopped. Everything is kept.');
      // A pipe that nobody reads must not keep the program.
      process.exit(0);
    });
}

/** Aborts at the first signal. A second one, later, does not wait for a clean end. */
function stopOnSignal(say: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  let askedAt: number | undefined;
  const onSignal = () => {
    if (askedAt !== undefined) {
      if (Date.now() - askedAt > DUPLICATE_SIGNAL_MILLISECONDS) process.exit(1);
      return;
    }
    askedAt = Date.now();
    say('Stopping …');
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
}
