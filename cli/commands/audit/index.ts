import type { Command } from 'commander';
import { registerAuditCheckpoint } from './checkpoint.ts';
import { registerAuditConsistency } from './consistency.ts';
import { registerAuditExport } from './export.ts';
import { registerAuditList } from './list.ts';
import { registerAuditProof } from './proof.ts';
import { registerAuditVerify } from './verify.ts';

export function registerAudit(program: Command): void {
  const audit = program.command('audit').description('look at the audit record, take it out, and check it');
  const commands = [
    registerAuditList,
    registerAuditExport,
    registerAuditVerify,
    registerAuditProof,
    registerAuditCheckpoint,
    registerAuditConsistency,
  ];
  for (const register of commands) register(audit);
}
