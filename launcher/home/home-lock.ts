import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CommandError } from '@holdfast/terminal/report';

/** What is locked must not be collected as garbage. */
const held = new Set<DatabaseSync>();
/** SQLITE_BUSY: another connection, of whichever process, holds it. */
const BUSY = 5;

/**
 * Makes sure that one launcher uses a home. The lock is the kernel's: it ends with the process that holds it,
 * however that ends, and two can never hold it. Node has no flock; SQLite locks its files so, and nothing is
 * ever written into this one.
 *
 * @param path holds the process id for people to read; the lock itself is on `<path>.sqlite` beside it.
 * @returns what gives the lock back.
 */
export function lockHome(path: string): () => void {
  const lock = hold(`${path}.sqlite`, path);
  try {
    writeFileSync(path, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // Only a remark: the disk may be full.
  }
  held.add(lock);
  return () => {
    if (!held.delete(lock)) return;
    rmSync(path, { force: true });
    lock.close();
  };
}

function hold(file: string, remark: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { timeout: 0 });
    // Not `exclusive`: of two that begin at the same moment each would refuse the other.
    lock.exec('begin immediate');
    return lock;
  } catch (error) {
    lock?.close();
    const { errcode, message } = error as { errcode?: number; message: string };
    if (errcode !== BUSY) {
      throw new CommandError(`The lock ${file} cannot be taken: ${message}.`, {
        remedy: 'Set HOLDFAST_HOME to a folder of this account on a file system that has locks and room.',
      });
    }
    throw new CommandError(`Holdfast already runs on this home${holder(remark)}.`, {
      remedy: 'Use the one that runs, end it with Ctrl-C, or set HOLDFAST_HOME to another folder.',
    });
  }
}

function holder(remark: string): string {
  try {
    return ` (process ${Number.parseInt(readFileSync(remark, 'utf8'), 10)})`;
  } catch {
    return '';
  }
}
