import { readFile } from 'node:fs/promises';

/** Of the kernel's clock ticks, which are 100 a second on Linux whatever the machine. */
const TICK_MILLISECONDS = 10;

/**
 * Processor time that a process has taken, in milliseconds: its threads, and children that have ended.
 * proc(5).
 */
export async function processorTime(pid: number | 'self'): Promise<{ readonly own: number; readonly endedChildren: number }> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may hold anything.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15);
  return { own: (user + system) * TICK_MILLISECONDS, endedChildren: (childrenUser + childrenSystem) * TICK_MILLISECONDS };
}
