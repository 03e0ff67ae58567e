import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** One attempt of this process to open a connection, or to look a name up. */
export interface Dial {
  readonly what: string;
  /** Files of the project that it came from, innermost first, from the root. */
  readonly through: readonly string[];
}

export interface WatchedDials extends Disposable {
  readonly dials: Dial[];
  /** Those that data/egress did not make. */
  others(): Dial[];
}

const ROOT = new URL('../../', import.meta.url).href;

/**
 * Sees every TCP connection, local socket, datagram and look-up of a name that this process begins from now
 * on, no matter what begins it: all of Node's modules (`tls`, `http`, `https`, `http2`, its own `fetch` and
 * WebSocket) and all packages come to these functions.
 */
export function watchDials(): WatchedDials {
  const dials: Dial[] = [];
  const note = (what: string) => {
    const former = Error.stackTraceLimit;
    Error.stackTraceLimit = 200;
    const { stack = '' } = new Error();
    Error.stackTraceLimit = former;
    const through = [...stack.matchAll(/(file:\/\/\/[^\s)]+?):\d+:\d+/g)]
      .map(([, url = '']) => (url.startsWith(ROOT) ? url.slice(ROOT.length) : url))
      .filter((path) => !path.includes('node_modules/') && path !== 'tests/harness/dials.ts');
    dials.push({ what, through });
  };
  const undo: (() => void)[] = [];
  const watch = <T extends object, K extends keyof T & string>(holder: T, name: K, what: string) => {
    const original = holder[name] as (...all: unknown[]) => unknown;
    holder[name] = function watched(this: unknown, ...all: unknown[]) {
      note(`${what} ${printed(all[0])}`);
      return original.apply(this, all);
    } as T[K];
    undo.push(() => {
      holder[name] = original as T[K];
    });
  };
  watch(net.Socket.prototype, 'connect', 'connect');
  watch(dgram.Socket.prototype, 'connect', 'datagrams');
  watch(dgram.Socket.prototype, 'send', 'datagram');
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6'] as const) {
    watch(dns, name, name);
    watch(dns.promises, name, name);
  }
  syncBuiltinESMExports();
  return {
    dials,
    others: () => dials.filter(({ through }) => !through.some((path) => path.startsWith('data/egress/'))),
    [Symbol.dispose]() {
      for (const each of undo.splice(0)) each();
      syncBuiltinESMExports();
    },
  };
}

/** An address or name, without all else that stands beside it. */
function printed(first: unknown): string {
  const options = Array.isArray(first) ? first[0] : first;
  if (typeof options !== 'object' || options === null) return String(options);
  const { host, port, path } = options as { host?: unknown; port?: unknown; path?: unknown };
  return typeof path === 'string' ? path : `${host}:${port}`;
}
