import { listComponentTypes, updateComponent } from '@holdfast/api';
import { answer, remark } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findComponent } from '../../find-component.ts';
import { PROJECT_OPTION } from '../project-option.ts';
import { PLAIN_OPTION, readConfiguration, typeNamed } from './configuration.ts';
import { remarkUnapproved } from './unapproved.ts';

interface Options {
  project?: string;
  config?: string;
  name?: string;
  plain?: string[];
}

export function registerComponentUpdate(component: Command): void {
  component
    .command('update')
    .description('give a component other options, another name, or both')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .option('--config <file>', 'all its options as JSON; one with a sealed value of its own keeps it when left out; - for standard input')
    .option('--name <name>', 'its new name')
    .option(...PLAIN_OPTION)
    .action(async (name: string, options: Options, command: Command) => {
      if (options.config === undefined && options.name === undefined) throw usageError('Nothing would change.', 'Add --config or --name.');
      const place = await workplace();
      const { client, slug } = place;
      const found = await findComponent(place, name, options.project);
      const { items } = await client.call(listComponentTypes, { params: { organization: slug } });
      const configuration =
        options.config === undefined
          ? found.configuration
          : await readConfiguration(options.config, typeNamed(items, found.type), {
              plain: options.plain ?? [],
              stored: found.configuration,
            });
      const saved = await client.call(updateComponent, {
        params: { organization: slug, project: found.project.id, component: found.id },
        body: { name: options.name ?? found.name, revision: found.revision, configuration, plainOptions: options.plain ?? [] },
      });
      answer(command, { component: saved }, `Component ${printable(saved.name)} is saved.`);
      remarkUnapproved(saved);
      if (saved.broken !== null) remark(`It cannot be used: ${saved.broken.detail}\n→ ${saved.broken.remedy}`);
    });
}
