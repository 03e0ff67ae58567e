import { createServer, connect as dial, type Socket } from 'node:net';

/** A TCP proxy on loopback that can cut its connections or let them stand still, as a bad network does. */
export interface DroppingProxy extends AsyncDisposable {
  port: number;
  /** Connections taken so far, those that were cut included. */
  connections: number;
  /** Called before anything of a new connection is passed on. */
  onConnection?: () => void;
  /** Bytes that came from callers. */
  bytesPassed: number;
  /**
   * Cuts this many connections, those that are open already too, as soon as more than `afterBytes` came from
   * the caller.
   */
  cutNext(connections: number, afterBytes?: number): void;
  /**
   * Once this many bytes came from the caller of a connection, nothing more of them is passed on: the
   * connection stays open and stands still, until the caller ends it.
   */
  holdAfter?: number;
}

export async function startDroppingProxy(target: { port: number }): Promise<DroppingProxy> {
  const open = new Set<Socket>();
  let toCut = 0;
  let cutAfter = 0;
  const server = createServer((caller) => {
    state.connections += 1;
    state.onConnection?.();
    let passed = 0;
    const upstream = dial(target.port, '127.0.0.1');
    for (const socket of [caller, upstream]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      socket.on('error', () => undefined);
    }
    caller.on('data', (chunk) => {
      passed += chunk.length;
      state.bytesPassed += chunk.length;
      if (toCut > 0 && passed > cutAfter) {
        toCut -= 1;
        caller.resetAndDestroy();
        upstream.destroy();
        return;
      }
      if (passed > (state.holdAfter ?? Number.POSITIVE_INFINITY)) {
        caller.pause();
        return;
      }
      if (!upstream.write(chunk)) {
        caller.pause();
        upstream.once('drain', () => caller.resume());
      }
    });
    caller.on('end', () => upstream.end());
    caller.on('close', () => upstream.destroy());
    upstream.pipe(caller);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const state: DroppingProxy = {
    port: address.port,
    connections: 0,
    bytesPassed: 0,
    cutNext(connections, afterBytes = 0) {
      toCut = connections;
      cutAfter = afterBytes;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return state;
}
