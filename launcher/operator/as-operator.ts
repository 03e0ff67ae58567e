import { connect, createInstanceClock, type DatabaseConnection } from '@holdfast/db';

/**
 * Works with the database as the operator does: by the control plane's role, on the machine of Holdfast.
 *
 * @param databaseUrl of the control plane's role, which only the operator can read.
 * @param work is given the time by the instance's clock.
 */
export async function asOperator<T>(databaseUrl: string, work: (db: DatabaseConnection, now: Date) => Promise<T>): Promise<T> {
  const db = connect(databaseUrl, { name: 'holdfast-account', maximumConnections: 1 });
  const clock = createInstanceClock(db);
  try {
    return await work(db, await clock.now());
  } finally {
    clock.stop();
    await db.destroy();
  }
}
