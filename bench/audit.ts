import { type AuditEvent, createGroupAppender } from '@holdfast/audit';
import { appendAuditBodies, connect } from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { auditFloor } from './floors/audit-append.ts';
import { type Comparison, compare } from './measure.ts';

const CALLERS = 64;
const ORGANIZATIONS = 32;

/**
 * Appending to the record's log, in natural groups, beside the plain insert of the same rows in the same
 * groups: one caller alone, many in one organization, and many in many. Each event is on the disk when its
 * caller goes on.
 */
export async function measureAudit(): Promise<Comparison[]> {
  await using database = await testDatabase();
  await using floor = await auditFloor(database.ownerUrl);
  const db = connect(database.dataUrl, { name: 'bench', maximumConnections: 8 });
  const log = createGroupAppender({ append: (organizationId, bodies) => appendAuditBodies(db, organizationId, bodies) });
  const one = uuidv7();
  const many = Array.from({ length: ORGANIZATIONS }, () => uuidv7());
  const organizationOf = (caller: number) => many[caller % ORGANIZATIONS] ?? one;
  const plain = 'plain insert in the same groups';
  try {
    return [
      await compare(
        'audit append, one after the other',
        () => log.append(one, EVENT),
        'plain insert',
        () => floor.append(one, EVENT),
      ),
      await compare(
        `audit append, ${CALLERS} callers, one organization`,
        () => log.append(one, EVENT),
        plain,
        () => floor.append(one, EVENT),
        { concurrency: CALLERS },
      ),
      await compare(
        `audit append, ${CALLERS} callers, ${ORGANIZATIONS} organizations`,
        (caller) => log.append(organizationOf(caller), EVENT),
        plain,
        (caller) => floor.append(organizationOf(caller), EVENT),
        { concurrency: CALLERS },
      ),
    ];
  } finally {
    await db.destroy();
  }
}

const EVENT: AuditEvent = {
  action: 'secret.use',
  actor: { kind: 'member', id: '019c0000-0000-7000-8000-000000000001', name: 'Ada Lovelace' },
  outcome: 'intent',
  target: {
    kind: 'secret',
    id: '019c0000-0000-7000-8000-000000000002',
    name: 'AZURE_PUBLISHER_SAS',
    versionId: '019c0000-0000-7000-8000-000000000003',
  },
  context: { project: 'Invoices', workflow: 'Publish', run: '019c0000-0000-7000-8000-000000000004', component: 'Archive' },
};
