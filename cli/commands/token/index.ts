import type { Command } from 'commander';
import { registerTokenCreate } from './create.ts';
import { registerTokenDelete } from './delete.ts';
import { registerTokenList } from './list.ts';

export function registerToken(program: Command): void {
  const token = program.command('token').description('your access tokens in the organization: each acts as you');
  for (const register of [registerTokenCreate, registerTokenList, registerTokenDelete]) register(token);
}
