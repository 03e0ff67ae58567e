import type { Command } from 'commander';
import { registerRecordAccept } from './accept.ts';
import { registerRecordStatus } from './status.ts';

export function registerRecord(program: Command): void {
  const record = program.command('record').description('on the machine: which audit records do not verify, and accepting one as it is');
  for (const register of [registerRecordStatus, registerRecordAccept]) register(record);
}
