import { Readable } from 'node:stream';
import { seesNames, watchRun } from '@holdfast/api';
import { HEARTBEAT } from '../../runs/event-text.ts';
import { authorizeAgain } from '../authorize.ts';
import { implement } from '../implement.ts';

/** Who does not read so much is sent away, and begins again with what is new then. */
const UNREAD_MAXIMUM_BYTES = 1_048_576;
/** How often it is asked whether the reader may still read; less than what a proxy takes for idle. */
const TICK_MILLISECONDS = 3_000;
/** How long a browser waits before it comes back after the connection was lost. */
const AGAIN_MILLISECONDS = 1_000;

export const watchRunHandler = implement(watchRun, async ({ headers, organization, params, reply, request }, control) => {
  let leave = () => {};
  const stream = new Readable({ read() {}, highWaterMark: UNREAD_MAXIMUM_BYTES });
  let ended = false;
  const write = (text: string) => {
    // A run may end while its reader still joins those who watch it.
    if (ended || stream.destroyed) return;
    if (!stream.push(text)) stream.destroy();
  };
  const end = () => {
    if (ended || stream.destroyed) return;
    ended = true;
    stream.push(null);
  };
  let asking = false;
  async function tick(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      await authorizeAgain(control, watchRun, request);
      write(HEARTBEAT);
    } catch {
      // Who may not, or a database that is away: coming back finds out which.
      end();
    } finally {
      asking = false;
    }
  }
  const names = async () => seesNames((await authorizeAgain(control, watchRun, request)).organization?.rights);
  const timer = setInterval(() => void tick(), TICK_MILLISECONDS).unref();
  stream.once('close', () => {
    clearInterval(timer);
    leave();
  });
  try {
    write(`retry: ${AGAIN_MILLISECONDS}\n\n`);
    leave = await control.runFeeds.watch(
      { organizationId: organization.id, runId: params.run },
      { write, end, seesNames: names },
      headers['last-event-id'] === undefined ? undefined : Number(headers['last-event-id']),
    );
  } catch (error) {
    stream.destroy();
    throw error;
  }
  // Proxies pass each event on as it comes, and change nothing in between. A node that ends does not wait for
  // the connection to be idle.
  reply.header('connection', 'close').header('cache-control', 'no-store, no-transform').header('x-accel-buffering', 'no');
  return { status: 200, body: stream };
});
