import { setTimeout as sleep } from 'node:timers/promises';
import { type KeyRotation, listKeys, rotateKeys } from '@holdfast/api';
import { answer, counted, remark } from '@holdfast/terminal/output';
import { EXIT_FAILED } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { rotationWords } from './key-words.ts';

const LOOK_MILLISECONDS = 500;

export function registerRotate(keys: Command): void {
  keys
    .command('rotate')
    .description('make a new sealing key and seal every value again under it; nothing has to be entered again (owners)')
    .option('--no-wait', 'do not wait until it is done; holdfast keys status shows how far it is')
    .action(async ({ wait }: { wait: boolean }, command: Command) => {
      const { client, organization } = await connection();
      const params = { organization: await organization() };
      const look = () => client.call(listKeys, { params, query: { limit: 200 } });
      const before = await look();
      const current = before.items.find(({ state }) => state === 'current');
      const { rotationId } = await client.call(rotateKeys, { params, body: current === undefined ? {} : { currentKeyId: current.id } });
      if (!wait) {
        answer(command, { rotationId }, 'Rotation asked for. holdfast keys status shows how far it is.');
        return;
      }
      const total = before.items.reduce((sum, { values }) => sum + values, 0);
      remark(`Sealing ${counted(total, 'value')} again under a new key. This can be left: it goes on by itself.`);
      let now = await look();
      for (let shown = ''; isUnderWay(now.rotation, rotationId); now = await look()) {
        const words = now.rotation === null ? '' : rotationWords(now.rotation, now.items);
        if (words !== shown && process.stderr.isTTY) remark(words);
        shown = words;
        await sleep(LOOK_MILLISECONDS);
      }
      const made = now.items.find(({ state }) => state === 'current');
      answer(
        command,
        { keys: now.items, rotation: now.rotation },
        [
          ...(current === undefined ? [] : [`Former key  ${current.fingerprint}  generation ${current.generation}`]),
          ...(made === undefined ? [] : [`New key     ${made.fingerprint}  generation ${made.generation}`]),
          ...(now.rotation === null ? [] : [rotationWords(now.rotation, now.items)]),
        ].join('\n'),
      );
      if (now.rotation?.state === 'incomplete') process.exitCode = EXIT_FAILED;
    });
}

function isUnderWay(rotation: KeyRotation | null, id: string): boolean {
  return rotation?.id === id && (rotation.state === 'requested' || rotation.state === 're-sealing');
}
