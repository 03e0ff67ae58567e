import { machineCommand } from '@holdfast/terminal/machine-commands';
import { answer, counted } from '@holdfast/terminal/output';
import type { Command } from 'commander';

export function registerRestore(program: Command): void {
  program
    .command('restore')
    .description(machineCommand('restore').description)
    .argument('<file>', 'what holdfast backup has written')
    .option('--checkpoints <folder>', 'data/record of the former home: says what was recorded after the backup, and is lost')
    .addHelpText(
      'after',
      '\nPut the root key into keys/root.key of the new HOLDFAST_HOME first (0400), or set HOLDFAST_ROOT_KEY_FILE. Then start Holdfast.',
    )
    .action(async (file: string, options: { checkpoints?: string }, command: Command) => {
      const { restore } = await import('../restore.ts');
      const { readStartSettings } = await import('../settings.ts');
      const say = (text: string) => process.stderr.write(`${text}\n`);
      const { check, ...facts } = await restore(readStartSettings(process.env), file, options.checkpoints, say);
      const older = check.older.flatMap(({ organization, reason }) => [
        `${organization}: ${reason}`,
        `→ Its values are not used until you accept this: start Holdfast, then holdfast record accept ${organization}`,
      ]);
      answer(
        command,
        { ...facts, check },
        [
          `Restored from a backup of ${facts.header.createdAt}: ${counted(facts.rows, 'row')} (${(facts.milliseconds / 1000).toFixed(1)} s). Epoch ${facts.epoch}.`,
          `Checked: the records of ${counted(check.organizations, 'organization')}, ${counted(check.entries, 'entry').replace('entrys', 'entries')}; ${check.opened} of ${counted(check.values, 'value')} opened.`,
          ...(facts.runsEnded > 0 ? [`${counted(facts.runsEnded, 'run')} had not ended, and failed: look at what they published.`] : []),
          ...(facts.triggersPaused > 0
            ? [
                `${counted(facts.triggersPaused, 'trigger')} paused that take new documents of a connector: what was published since the backup is not known. Resume them on the pages of their workflows.`,
              ]
            : []),
          ...older,
          'Everybody signs in again, and makes new tokens and invitations. Now: holdfast start',
        ].join('\n'),
      );
    });
}
