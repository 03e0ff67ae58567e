import { listComponentTypes } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { optionsOf, typeNamed } from './configuration.ts';

export function registerComponentTypes(component: Command): void {
  component
    .command('types')
    .description('kinds of components, or the options of one kind')
    .argument('[type]')
    .action(async (name: string | undefined, _options, command: Command) => {
      const { client, slug } = await workplace();
      const { items } = await client.call(listComponentTypes, { params: { organization: slug } });
      if (name === undefined) {
        const rows = items.map(({ type, role, title, description }) => [type, role, title, description]);
        return answer(command, { types: items }, table(['TYPE', 'ROLE', 'TITLE', 'DESCRIPTION'], rows));
      }
      const type = typeNamed(items, name);
      const rows = optionsOf(type).map(({ name: option, sensitive, required, schema }) => [
        option,
        sensitive ? `\${secret.NAME}` : (schema.enum?.join(' | ') ?? schema.type ?? ''),
        required ? 'yes' : '',
        schema.default === undefined ? '' : JSON.stringify(schema.default),
        schema.title ?? '',
      ]);
      answer(command, { type }, table(['OPTION', 'VALUE', 'REQUIRED', 'DEFAULT', 'TITLE'], rows));
    });
}
