import type { Command } from 'commander';
import { registerSecretDelete } from './delete.ts';
import { registerSecretDescribe } from './describe.ts';
import { registerSecretEdit } from './edit.ts';
import { registerSecretList } from './list.ts';
import {
  registerSecretRequest,
  registerSecretRequestDecisions,
  registerSecretRequests,
  registerSecretRequestWithdrawal,
} from './requests.ts';
import { registerSecretSet } from './set.ts';
import { registerSecretVersions } from './versions.ts';

export function registerSecret(program: Command): void {
  const secret = program.command('secret').description('put in, list, describe, change and delete secrets; no command shows a value');
  for (const register of [
    registerSecretSet,
    registerSecretList,
    registerSecretDescribe,
    registerSecretEdit,
    registerSecretVersions,
    registerSecretDelete,
    registerSecretRequest,
    registerSecretRequests,
    registerSecretRequestWithdrawal,
    registerSecretRequestDecisions,
  ]) {
    register(secret);
  }
}
