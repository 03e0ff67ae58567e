import { createComponent, listComponentTypes } from '@holdfast/api';
import { answer, remark } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findProject } from '../../lookup.ts';
import { PLAIN_OPTION, readConfiguration, typeNamed } from './configuration.ts';
import { remarkUnapproved } from './unapproved.ts';

interface Options {
  project: string;
  type: string;
  config: string;
  plain?: string[];
}

export function registerComponentCreate(component: Command): void {
  component
    .command('create')
    .description('make a component from a JSON file with its options')
    .argument('<name>')
    .requiredOption('--project <name>', 'the project that it belongs to')
    .requiredOption('--type <type>', 'its kind; holdfast component types lists them')
    .requiredOption('--config <file>', 'its options as JSON, without values of secrets; - for standard input')
    .option(...PLAIN_OPTION)
    .addHelpText('after', `\nA sensitive option is a reference:  { "connectionString": "\${secret.STORE}", "container": "archive" }`)
    .action(async (name: string, options: Options, command: Command) => {
      const place = await workplace();
      const { client, slug } = place;
      const project = await findProject(place, options.project);
      const { items } = await client.call(listComponentTypes, { params: { organization: slug } });
      const configuration = await readConfiguration(options.config, typeNamed(items, options.type), { plain: options.plain ?? [] });
      const made = await client.call(createComponent, {
        params: { organization: slug, project: project.id },
        body: { name, type: options.type, configuration, plainOptions: options.plain ?? [] },
      });
      answer(command, { component: made }, `Component ${printable(made.name)} is created in ${printable(project.name)}.`);
      remarkUnapproved(made);
      if (made.broken !== null) remark(`It cannot be used yet: ${made.broken.detail}\n→ ${made.broken.remedy}`);
    });
}
