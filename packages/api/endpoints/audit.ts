import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { id, nextCursor, pageQuery, time, timeBound } from '../schemas.ts';

/** How an event went; `intent`: what was about to be done. */
export const AUDIT_OUTCOMES = ['intent', 'success', 'refused', 'failed'] as const;

const auditEvent = z.object({
  sequence: z.number().int(),
  time,
  /** `control`, `data` or `operator`, as the database knows it; see RECORDERS of packages/audit. */
  recordedBy: z.string(),
  actor: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string() }),
  action: z.string(),
  outcome: z.enum(AUDIT_OUTCOMES),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string(), versionId: z.string().optional() }).nullable(),
  context: z.record(z.string(), z.string()),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
});
export type AuditEventRow = z.infer<typeof auditEvent>;

const filters = {
  secret: z.string().max(128).optional().describe('The exact name of a secret, as it was at the time'),
  actor: z.string().max(200).optional().describe('The name or the id of who did it, without regard to case'),
  action: z.string().max(400).optional().describe('One, or several with commas between them: a use is `secret.use,secret.use-outcome`'),
  outcome: z.enum(AUDIT_OUTCOMES).optional().describe('How it went; `intent`: what was about to be done'),
  run: id.optional().describe('What happened in this run'),
  from: timeBound.optional().describe('From then on; a plain date is its first moment in UTC'),
  to: timeBound.optional().describe('Before then; a plain date is its first moment in UTC'),
};

export const listAudit = defineEndpoint({
  id: 'listAudit',
  summary: 'Audit events, newest first',
  method: 'GET',
  path: '/api/organizations/:organization/audit',
  requires: 'audit:read',
  load: 'search',
  query: z.object({
    ...filters,
    fold: z
      .literal('re-seals')
      .optional()
      .describe(
        'Leaves out that each value was sealed again in a rotation of the key; the rotation itself says how many were. Not when `action` or `secret` are named',
      ),
    ...pageQuery,
  }),
  responses: { 200: z.object({ items: z.array(auditEvent), nextCursor }) },
});

export const listAuditActions = defineEndpoint({
  id: 'listAuditActions',
  summary: 'Actions that occur in the record, for the filter',
  method: 'GET',
  path: '/api/organizations/:organization/audit/actions',
  requires: 'audit:read',
  load: 'search',
  responses: { 200: z.object({ items: z.array(z.string()) }) },
});

export const exportAudit = defineEndpoint({
  id: 'exportAudit',
  summary: 'The whole log as NDJSON, oldest first and with its checkpoints, for `holdfast audit verify`',
  method: 'GET',
  path: '/api/organizations/:organization/audit/export',
  requires: 'audit:read',
  load: 'export',
  responses: { 200: 'stream' },
});

export const getAuditRecord = defineEndpoint({
  id: 'getAuditRecord',
  summary: 'Whether the record verifies, and how far it is signed',
  method: 'GET',
  path: '/api/organizations/:organization/audit/record',
  requires: 'audit:read',
  responses: {
    200: z.object({
      /** How many entries the log has now. */
      entries: z.number().int(),
      /** Up to which entry the data plane has verified it, and when; `null` before the first time. */
      verified: z.object({ size: z.number().int(), at: time }).nullable(),
      /** Why uses are stopped: the record does not verify. */
      stopped: z.object({ since: time, code: z.string(), reason: z.string() }).nullable(),
      /**
       * The newest signed one; the note is what `holdfast audit verify --checkpoints` and foreign tools take.
       */
      checkpoint: z.object({ size: z.number().int(), time, note: z.string() }).nullable(),
      /** The signing key of the log, as tools for signed notes take it. */
      verifierKey: z.string().nullable(),
    }),
  },
});
export type AuditRecordState = z.infer<(typeof getAuditRecord)['responses'][200]>;

export const getAuditProof = defineEndpoint({
  id: 'getAuditProof',
  summary: 'The proof that one entry is in the log, for `holdfast audit verify` and other tools',
  method: 'GET',
  path: '/api/organizations/:organization/audit/:sequence/proof',
  requires: 'audit:read',
  responses: {
    200: z.object({
      sequence: z.number().int(),
      checkpoint: z.object({ size: z.number().int(), time }),
      /** A file of the form c2sp.org/tlog-proof@v1; its extra data are the bytes of the entry. */
      proof: z.string(),
    }),
  },
});

export const getAuditConsistency = defineEndpoint({
  id: 'getAuditConsistency',
  summary: 'The proof that the log at one size extends the log at a smaller one',
  method: 'GET',
  path: '/api/organizations/:organization/audit/consistency',
  requires: 'audit:read',
  query: z.object({
    from: z.coerce.number().int().min(0).default(0).describe('How many entries the smaller log has'),
    to: z.coerce.number().int().min(0).optional().describe('How many the larger has; as the newest checkpoint says by default'),
  }),
  responses: {
    200: z.object({
      from: z.number().int(),
      to: z.number().int(),
      /** RFC 9162, section 2.1.4: hashes in base64. */
      proof: z.array(z.string()),
    }),
  },
});
