import { machineCommand } from '@holdfast/terminal/machine-commands';
import type { Command } from 'commander';
import { registerRecordAccept } from './accept.ts';
import { registerRecordStatus } from './status.ts';

export function registerRecord(program: Command): void {
  const record = program.command('record').description(machineCommand('record').description);
  for (const register of [registerRecordStatus, registerRecordAccept]) register(record);
}
