import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Floor extends Disposable {
  readonly url: string;
}

/** Starts a server of bench/floors as a process of its own. */
export async function startFloor(name: string, databaseUrl: string): Promise<Floor> {
  const file = fileURLToPath(new URL(`floors/${name}.ts`, import.meta.url));
  const child = fork(file, [databaseUrl], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (child.stdout === null) throw new Error('The floor has no output.');
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${port.toString().trim()}`,
    [Symbol.dispose]: () => child.disconnect(),
  };
}
