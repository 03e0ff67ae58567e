import type { Command } from 'commander';
import { registerAuditCheckpoint } from './checkpoint.ts';
import { registerAuditConsistency } from './consistency.ts';
import { registerAuditExport } from './export.ts';
import { registerAuditProof } from './proof.ts';
import { registerAuditVerify } from './verify.ts';

export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('take the audit record out, and check it');
  const commands = [registerAuditExport, registerAuditVerify, registerAuditProof, registerAuditCheckpoint, registerAuditConsistency];
  for (const register of commands) register(audit);
}
