import { rowsOf, type Statements } from '../connection/statements.ts';

/**
 * Whether so many bytes fit beside the documents that an organization has, within its quota. What is stored
 * side by side is not seen until it is there: each may be over by what it stores at once.
 *
 * @param quotaBytes of all documents of the organization: `HOLDFAST_DOCUMENT_QUOTA`.
 */
export async function fitsDocumentQuota(db: Statements, organizationId: string, bytes: number, quotaBytes: number): Promise<boolean> {
  const [usage] = await rowsOf<{ bytes: number }>(db, 'select bytes from document_usage where organization_id = $1', [organizationId]);
  return (usage?.bytes ?? 0) + bytes <= quotaBytes;
}
