import type { Command } from 'commander';
import { registerAuditExport } from './export.ts';
import { registerAuditVerify } from './verify.ts';

export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('take the audit record out, and check it');
  for (const register of [registerAuditExport, registerAuditVerify]) register(audit);
}
