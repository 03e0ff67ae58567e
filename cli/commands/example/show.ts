import { answer } from '@holdfast/terminal/output';
import { facts, table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { typesInWords } from '../../../examples/words.ts';
import { EXAMPLE_ARGUMENT, findExample } from './find-example.ts';

export function registerExampleShow(program: Command): void {
  program
    .command('show')
    .description('what it does, the secrets it needs, where to get them, and the options that differ')
    .argument(...EXAMPLE_ARGUMENT)
    .action(async (name: string, _options, command: Command) => {
      const { example, path, file, names } = await findExample(name);
      const options = example.components.flatMap(({ key, asks, options: preset }) =>
        asks.map((option) => [`${key}.${option}`, names[key] ?? key, oneLine(String(preset[option] ?? ''))]),
      );
      const text = [
        facts([
          ['Example', example.name],
          ['Does', example.description],
          ['Goes through', typesInWords(example)],
          ['Workflow', file.name],
          ['File', path],
        ]),
        'Secrets that it needs:',
        table(
          ['SECRET', 'KIND', 'WHAT IT IS', 'WHERE TO GET ONE'],
          example.secrets.map(({ name: secret, kind, description, obtain }) => [secret, kind, description, obtain]),
          { whole: [0] },
        ),
        'Options that differ from organization to organization (--set):',
        table(['OPTION', 'COMPONENT', 'UNLESS IT IS SET'], options, { whole: [0] }),
      ];
      answer(command, { example, path }, text.join('\n\n'));
    });
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
