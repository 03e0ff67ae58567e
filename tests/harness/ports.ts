import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Below those that systems give to connections and to servers without a port of their own. */
const [FIRST, LAST] = [20_000, 32_000];
/** Where the test files of one run of `npm test` write down which ports they have taken. */
const { HOLDFAST_TEST_PORTS: TAKEN } = process.env;

/**
 * A TCP port of the loopback interface that nobody listens on now, and that no other test of this run gets.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if ((await take(port)) && (await isFree(port))) return port;
  }
}

async function take(port: number): Promise<boolean> {
  if (TAKEN === undefined) return true;
  return writeFile(join(TAKEN, String(port)), '', { flag: 'wx' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) =>
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
  );
  if (listens) await new Promise<void>((resolve) => server.close(() => resolve()));
  return listens;
}
