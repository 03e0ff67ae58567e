import { createTrigger, HOOK_SIGNATURES, type HookSignature, type TriggerSettingsBody } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import { type Command, Option } from 'commander';
import { workplace } from '../../../connection.ts';
import { findWorkflow } from '../../../find-workflow.ts';
import { PROJECT_OPTION } from '../../project-option.ts';

interface Options {
  project?: string;
  cron?: string;
  timeZone: string;
  skipMissed?: true;
  poll?: string;
  webhook?: string;
  signature: HookSignature;
  upload?: true;
  expires?: string;
}

export function registerTriggerAdd(trigger: Command): void {
  trigger
    .command('add')
    .description('start a workflow by a schedule, signed requests, new documents or uploads')
    .argument('<workflow>')
    .argument('<name>', 'what the trigger is called')
    .option(...PROJECT_OPTION)
    .option('--cron <schedule>', 'at times: minute, hour, day of the month, month, day of the week')
    .option('--time-zone <name>', 'of the schedule, such as Europe/Berlin', 'UTC')
    .option('--skip-missed', 'leave out times at which no data plane ran')
    .option('--poll <minutes>', 'when its connector has new documents, asked so often')
    .option('--webhook <secret>', 'by requests that are signed with this organization secret')
    .addOption(new Option('--signature <form>', 'how those are signed').choices(HOOK_SIGNATURES).default('holdfast'))
    .option('--upload', 'by files that are sent with a token, which is printed once')
    .option('--expires <date>', 'when that token ends, such as 2027-01-31')
    .action(async (workflowName: string, name: string, options: Options, command: Command) => {
      const settings = settingsOf(options);
      const place = await workplace();
      const workflow = await findWorkflow(place, workflowName, options.project);
      const made = await place.client.call(createTrigger, {
        params: { organization: place.slug, workflow: workflow.id },
        body: { name, settings },
      });
      const added = `Trigger ${printable(made.name)} of ${printable(workflow.name)} is added.`;
      const lines = [
        added,
        ...(made.address === null ? [] : [`Address: ${made.address}`]),
        ...(made.token === null ? [] : [`Token, shown once: ${made.token}`]),
      ];
      answer(command, { trigger: made }, lines.join('\n'));
    });
}

function settingsOf(options: Options): TriggerSettingsBody {
  const kinds = [options.cron, options.poll, options.webhook, options.upload].filter((each) => each !== undefined);
  if (kinds.length !== 1) throw usageError('What starts it?', 'Give one of --cron, --poll, --webhook and --upload.');
  if (options.cron !== undefined) {
    return { kind: 'cron', expression: options.cron, timeZone: options.timeZone, missed: options.skipMissed ? 'skip' : 'once' };
  }
  if (options.poll !== undefined) {
    if (!/^\d{1,4}$/.test(options.poll)) throw usageError('--poll takes minutes, 1 to 1440.');
    return { kind: 'poll', everyMinutes: Number(options.poll) };
  }
  if (options.webhook !== undefined) return { kind: 'webhook', secretName: options.webhook, signature: options.signature };
  return { kind: 'upload', expiresAt: options.expires ?? null };
}
