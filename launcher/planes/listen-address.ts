import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostAndPort } from '@holdfast/envelope';
import type { ListenAddress } from '@holdfast/settings';
import { CommandError } from '@holdfast/terminal/report';

/** A killed instance's planes need a moment to notice and close their ports. */
const WAIT_MILLISECONDS = 10_000;

/**
 * Waits until nobody listens there. @throws CommandError that names the variable when somebody else keeps it.
 */
export async function waitUntilFree(variable: string, listen: ListenAddress): Promise<void> {
  const { host, port } = listen;
  const address = hostAndPort(listen);
  const deadline = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const reason = await tryToListen(host, port);
    if (reason === undefined) return;
    if (reason !== 'EADDRINUSE') {
      throw new CommandError(`${variable} (${address}) cannot be listened on: ${reason}.`, {
        remedy: `Set ${variable} to an address of this machine.`,
      });
    }
    if (Date.now() > deadline) {
      throw new CommandError(`Another program listens on ${address}.`, { remedy: `End it, or set ${variable} to another port.` });
    }
    await sleep(100);
  }
}

function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
