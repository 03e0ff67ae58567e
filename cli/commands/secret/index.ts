import type { Command } from 'commander';
import { registerSecretDelete } from './delete.ts';
import { registerSecretDescribe } from './describe.ts';
import { registerSecretList } from './list.ts';
import { registerSecretSet } from './set.ts';

export function registerSecret(program: Command): void {
  const secret = program.command('secret').description('put in, list, describe and delete secrets; no command shows a value');
  for (const register of [registerSecretSet, registerSecretList, registerSecretDescribe, registerSecretDelete]) register(secret);
}
