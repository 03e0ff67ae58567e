import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { id, nextCursor, pageQuery, time } from '../schemas.ts';

const auditEvent = z.object({
  sequence: z.number().int(),
  time,
  /** The database role that appended it: `holdfast_control` or `holdfast_data`. */
  recordedBy: z.string(),
  actor: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string() }),
  action: z.string(),
  outcome: z.enum(['intent', 'success', 'refused', 'failed']),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string(), versionId: z.string().optional() }).nullable(),
  context: z.record(z.string(), z.string()),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditEventRow = z.infer<typeof auditEvent>;

const filters = {
  /** The exact name of a secret, as it was at the time. */
  secret: z.string().max(128).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(100).optional(),
  outcome: z.enum(['intent', 'success', 'refused', 'failed']).optional(),
  run: id.optional(),
  from: time.optional(),
  to: time.optional(),
};

export const listAudit = defineEndpoint({
  id: 'listAudit',
  summary: 'Audit events, newest first',
  method: 'GET',
  path: '/api/organizations/:organization/audit',
  requires: 'audit:read',
  query: z.object({ ...filters, ...pageQuery }),
  responses: { 200: z.object({ items: z.array(auditEvent), nextCursor }) },
});

export const listAuditActions = defineEndpoint({
  id: 'listAuditActions',
  summary: 'Actions that occur in the record, for the filter',
  method: 'GET',
  path: '/api/organizations/:organization/audit/actions',
  requires: 'audit:read',
  responses: { 200: z.object({ items: z.array(z.string()) }) },
});

export const exportAudit = defineEndpoint({
  id: 'exportAudit',
  summary: 'The whole chain as NDJSON, oldest first, for `holdfast audit verify`',
  method: 'GET',
  path: '/api/organizations/:organization/audit/export',
  requires: 'audit:read',
  responses: { 200: 'stream' },
});
