import { listKeys } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { keyTable, rotationWords } from './key-words.ts';

export function registerStatus(keys: Command): void {
  keys
    .command('status')
    .description('the sealing keys that the organization has and had, and how far a rotation is')
    .action(async (_options, command: Command) => {
      const { client, organization } = await connection();
      const found = await client.call(listKeys, { params: { organization: await organization() }, query: { limit: 200 } });
      const rotation = found.rotation === null ? [] : ['', rotationWords(found.rotation, found.items)];
      answer(command, { keys: found.items, rotation: found.rotation }, [keyTable(found.items), ...rotation].join('\n'));
    });
}
