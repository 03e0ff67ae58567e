import type { Command } from 'commander';
import { registerExampleCreate } from './create.ts';
import { registerExampleList } from './list.ts';
import { registerExampleShow } from './show.ts';

export function registerExample(program: Command): void {
  const example = program.command('example').description('workflows to begin with, and what each needs');
  for (const register of [registerExampleList, registerExampleShow, registerExampleCreate]) register(example);
}
