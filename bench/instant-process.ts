import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The server that answers at once, as a process of its own; it ends when this is disposed of. */
export async function startInstantServer(): Promise<Disposable & { readonly port: number }> {
  const server = fork(fileURLToPath(new URL('instant-server.ts', import.meta.url)), [], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const [chunk] = server.stdout === null ? [] : ((await once(server.stdout, 'data')) as [Buffer]);
  return { port: Number(chunk?.toString().trim()), [Symbol.dispose]: () => server.disconnect() };
}
