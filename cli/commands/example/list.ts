import { answer } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { EXAMPLES } from '../../../examples/index.ts';
import { typesInWords } from '../../../examples/words.ts';

export function registerExampleList(example: Command): void {
  example
    .command('list')
    .description('list them, with what secrets are used for in each')
    .action((_options, command: Command) => {
      const rows = EXAMPLES.map((each) => [each.name, each.use, typesInWords(each)]);
      answer(command, { examples: EXAMPLES }, table(['EXAMPLE', 'USES SECRETS AS', 'GOES THROUGH'], rows, { whole: [0] }));
    });
}
