import { testComponent } from '@holdfast/api';
import { answer, clearProgress, progress } from '@holdfast/terminal/output';
import { EXIT_FAILED } from '@holdfast/terminal/report';
import { printable, tinted } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findComponent } from '../../find-component.ts';
import { PROJECT_OPTION } from '../project-option.ts';

export function registerComponentTest(component: Command): void {
  component
    .command('test')
    .description('try its connection against the real service; exit code 1 when that fails')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .action(async (name: string, { project }: { project?: string }, command: Command) => {
      const place = await workplace();
      const { client, slug } = place;
      const found = await findComponent(place, name, project);
      progress(`Testing ${printable(found.name)} …`);
      const params = { organization: slug, project: found.project.id, component: found.id };
      const result = await client.call(testComponent, { params });
      clearProgress();
      const head = result.passed ? tinted({ text: 'Passed', tint: 'green' }) : tinted({ text: 'Failed', tint: 'red' });
      const why = result.failure === null ? result.detail : `${result.failure.detail}\n→ ${result.failure.remedy}`;
      answer(command, { component: found.name, ...result }, `${head} in ${result.milliseconds} ms: ${why}`);
      if (!result.passed) process.exitCode = EXIT_FAILED;
    });
}
