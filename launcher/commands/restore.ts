import { machineCommand } from '@holdfast/terminal/machine-commands';
import { answer, counted } from '@holdfast/terminal/output';
import type { Command } from 'commander';
import type { RestoreCheck } from '../backup/restore.ts';

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
      const { restore } = await import('../backup/restore.ts');
      const { readStartSettings } = await import('../settings.ts');
      const say = (text: string) => process.stderr.write(`${text}\n`);
      const { check, ...facts } = await restore(readStartSettings(process.env), file, options.checkpoints, say);
      const older = check.older.flatMap(({ organization, reason }) => [
        `${organization}: ${reason}`,
        `→ Its values are not used until you accept this: start Holdfast, then holdfast record accept ${organization}`,
      ]);
      const stopped = check.stopped.flatMap(({ organization, reason }) => [
        `${organization}: its record does not verify. ${reason}`,
        `→ Its values are not used. Restore an older backup, or start Holdfast, find out why, and accept it: holdfast record accept ${organization}`,
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
          ...stopped,
          ...unopenedLines(check.unopened),
          'Everybody signs in again, and makes new tokens and invitations. Now: holdfast start',
        ].join('\n'),
      );
    });
}

/** The first of many: with --json all that were found are named. */
const UNOPENED_SHOWN = 20;

function unopenedLines(unopened: RestoreCheck['unopened']): string[] {
  if (unopened.length === 0) return [];
  const more = unopened.length - UNOPENED_SHOWN;
  return [
    ...unopened.slice(0, UNOPENED_SHOWN).map(({ organization, versionId, reason }) => `${organization}, version ${versionId}: ${reason}`),
    ...(more > 0 ? [`… and ${more} more.`] : []),
    '→ What does not open is refused when it is used; all else works. Ask the organization whether it ever did, and have the value replaced.',
  ];
}
