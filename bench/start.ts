import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from '../tests/harness/account.ts';
import { startInstance } from '../tests/harness/instance.ts';
import { privateMemory } from '../tests/harness/processes.ts';

export interface StartFigures {
  /** From `holdfast start` on an empty home, and on one that was used before, until both planes are ready. */
  firstMilliseconds: number;
  againMilliseconds: number;
  /** Bytes that each process has for itself, after a first use. */
  memory: Record<string, number>;
}

export async function measureStart(): Promise<StartFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const home = join(folder, 'home');
  try {
    const first = await startInstance({ home });
    await setUp(first);
    const firstMilliseconds = first.readyAfterMilliseconds;
    await first[Symbol.asyncDispose]();
    await using again = await startInstance({ home });
    const processes = await again.processes();
    const postgres = processes.all.filter((found) => found.program.endsWith('/postgres'));
    const memory = {
      'control plane': await privateMemory(processes.control.pid),
      'data plane': await privateMemory(processes.data.pid),
      launcher: await privateMemory(again.pid),
      PostgreSQL: (await Promise.all(postgres.map(({ pid }) => privateMemory(pid)))).reduce((sum, part) => sum + part, 0),
    };
    console.log(`ready after ${Math.round(firstMilliseconds)} ms on an empty home, ${Math.round(again.readyAfterMilliseconds)} ms again`);
    return { firstMilliseconds, againMilliseconds: again.readyAfterMilliseconds, memory };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
