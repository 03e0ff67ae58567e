import { onlineManager, type QueryClient } from '@tanstack/react-query';

/** Whether the server answers. While it does not, it is asked again and again, with growing pauses. */
export type Connection =
  | { readonly state: 'answering' }
  /** `nextTryAt` is a time as of Date.now(). */
  | { readonly state: 'away'; readonly why: 'unreachable' | 'not-ready'; readonly nextTryAt: number }
  /** The server has another version of the console than the one that runs here, and a form is filled. */
  | { readonly state: 'upgraded' };

const PAUSES_SECONDS = [1, 2, 4, 8, 15, 30];

let connection: Connection = { state: 'answering' };
let tries = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let probing: Promise<boolean> | undefined;
const listeners = new Set<() => void>();
const waiting = new Set<() => void>();
let queries: QueryClient | undefined;

/** For `useSyncExternalStore`. */
export const connectionStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  read: () => connection,
};

/** Reads wait while the server is away, and are made again when it is back. */
export function watchConnection(client: QueryClient): void {
  queries = client;
  // Not by the browser's own events: a server on this machine answers without any network.
  onlineManager.setEventListener(() => undefined);
  window.addEventListener('online', () => void tryNow());
}

/**
 * Called for every call that was not answered. That may have been bad luck: the server is asked before
 * anything is said.
 */
export function reportFailure(): void {
  if (connection.state === 'answering') void probe();
}

/** Asks the server at once; answers whether it is there. */
export function tryNow(): Promise<boolean> {
  return probe();
}

/** Resolves when the server answers; at once when it does. */
export async function whenAnswering(): Promise<void> {
  if (await probe()) return;
  await new Promise<void>((resolve) => waiting.add(resolve));
}

/**
 * The page that runs is of another version than the server's, and cannot be loaded again without losing what
 * was typed.
 */
export function reportUpgrade(): void {
  set({ state: 'upgraded' });
}

/** The reader goes on with what is loaded already. */
export function dismissUpgrade(): void {
  if (connection.state === 'upgraded') set({ state: 'answering' });
}

function probe(): Promise<boolean> {
  probing ??= look().finally(() => {
    probing = undefined;
  });
  return probing;
}

async function look(): Promise<boolean> {
  clearTimeout(timer);
  const status = await fetch('/health/ready', { cache: 'no-store', redirect: 'error' }).then(
    (response) => response.status,
    () => 0,
  );
  if (status === 200) {
    back();
    return true;
  }
  const seconds = PAUSES_SECONDS[Math.min(tries, PAUSES_SECONDS.length - 1)] ?? 1;
  tries += 1;
  // A proxy in front answers 502 or 504 for a server that is not there.
  set({ state: 'away', why: status === 503 ? 'not-ready' : 'unreachable', nextTryAt: Date.now() + seconds * 1_000 });
  onlineManager.setOnline(false);
  timer = setTimeout(() => void probe(), seconds * 1_000);
  return false;
}

function back(): void {
  tries = 0;
  const wasAway = connection.state === 'away';
  if (wasAway) set({ state: 'answering' });
  onlineManager.setOnline(true);
  for (const resolve of waiting) resolve();
  waiting.clear();
  if (wasAway) void queries?.invalidateQueries();
}

function set(next: Connection): void {
  connection = next;
  // Nothing is on its way then: placeholders stand still.
  document.documentElement.toggleAttribute('data-away', next.state === 'away');
  for (const listener of listeners) listener();
}
