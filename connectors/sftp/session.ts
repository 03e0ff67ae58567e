import type { Socket } from 'node:net';
import { type ConnectorContext, ConnectorError, onceForUse } from '@holdfast/connector';
import ssh2, { type Algorithms, type AuthenticationType, type SFTPWrapper } from 'ssh2';
import { explainEnd, explainNoSftp, type Phase } from './failures.ts';
import { hostKeyAlgorithms, isTrusted, shownKey } from './host-key.ts';
import type { Place } from './options.ts';
import { readPrivateKey } from './private-key.ts';

/** For the handshake and signing in. */
const READY_MILLISECONDS = 15_000;
/** For each request. */
const ANSWER_MILLISECONDS = 60_000;
/** A server that is gone is noticed after three of them. */
const KEEPALIVE_MILLISECONDS = 10_000;

/**
 * What is not known to be weak: no SHA-1, no CBC, no group of less than 2048 bits. In order of preference.
 * datatracker.ietf.org/doc/html/rfc9142
 */
const ALGORITHMS: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group-exchange-sha256',
  ],
  cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes256-ctr', 'aes192-ctr', 'aes128-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};

type Done<T> = (error?: Error | null, value?: T) => void;

/**
 * One piece of work, such as a document, on a connection that is signed in. The documents of a use share it.
 */
export interface Session {
  readonly sftp: SFTPWrapper;
  /**
   * Sends one request and waits for its answer, 60 seconds at most. All of the work together has the time of
   * a request of HTTP: see `deadlineOn` of ConnectorContext.
   *
   * @throws what ssh2 says of the answer, or, in our words, why the connection ended.
   */
  call<T>(send: (done: Done<T>) => void): Promise<T>;
  /** The time of the work begins again. */
  extend(): void;
  /** Folders that were seen or made. */
  readonly folders: Set<string>;
  isAlive(): boolean;
}

/** A connection, without the time of a piece of work. */
interface Opened extends Omit<Session, 'extend'> {
  readonly sock: Socket;
  end(): void;
}

interface Kept {
  opening?: Promise<Opened>;
}

const keptOf = onceForUse((context): Kept => {
  const kept: Kept = {};
  context.onEnd(async () => (await kept.opening)?.end());
  return kept;
});

/**
 * A piece of work on the connection of the use, which is made again when it was lost.
 *
 * @throws ConnectorError, or the reason of the context's signal.
 */
export async function sessionOf(place: Place, context: ConnectorContext): Promise<Session> {
  const kept = keptOf(context);
  if (kept.opening === undefined) {
    const opening = open(place, context, () => {
      if (kept.opening === opening) delete kept.opening;
    });
    kept.opening = opening;
    opening.catch(() => {
      if (kept.opening === opening) delete kept.opening;
    });
  }
  const opened = await kept.opening;
  const { during, extend } = context.deadlineOn(opened.sock);
  return { ...opened, call: (send) => during(() => opened.call(send)), extend };
}

async function open(place: Place, context: ConnectorContext, over: () => void): Promise<Opened> {
  const privateKey = readPrivateKey(place);
  const sock = await context.connect({ host: place.host, port: place.port });
  const client = new ssh2.Client();
  const pending = new Set<(error: unknown) => void>();
  let phase: Phase = 'handshake';
  let failure: Error | undefined;
  const lost = (error: unknown) => {
    failure ??= explainEnd(error, place, phase);
    for (const reject of pending) reject(failure);
    pending.clear();
    over();
    sock.destroy();
  };
  const call = <T>(send: (done: Done<T>) => void): Promise<T> => {
    if (failure !== undefined) return Promise.reject(failure);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => lost(Object.assign(new Error('No answer in time.'), { level: 'client-timeout' })), ANSWER_MILLISECONDS);
    pending.add(reject);
    const done: Done<T> = (error, value) => (error ? reject(failure ?? error) : resolve(value as T));
    try {
      send(done);
    } catch (error) {
      reject(error);
    }
    return promise.finally(() => {
      clearTimeout(timer);
      pending.delete(reject);
    });
  };
  client.once('handshake', () => {
    phase = 'sign-in';
  });
  client.on('error', lost);
  client.on('close', () => lost(new Error('The connection was closed.')));
  client.on('change password', () =>
    lost(
      new ConnectorError('upstream_credentials', `The server at ${place.shown} asks for a new password of the user.`, {
        remedy: 'Set one on the server, and replace the secret with it.',
      }),
    ),
  );
  client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
    // One question whose answer is not to be seen is the one for the password.
    const asksPassword = prompts.length === 1 && prompts[0]?.echo !== true && place.password !== undefined;
    finish(asksPassword ? [place.password] : []);
  });
  try {
    await call<void>((done) => {
      client.once('ready', () => {
        phase = 'session';
        done();
      });
      client.connect({
        sock,
        username: place.user,
        ...(place.password !== undefined && { password: place.password, tryKeyboard: true }),
        // Its types know methods by name alone.
        authHandler: [
          ...(privateKey === undefined ? [] : [{ type: 'publickey', username: place.user, key: privateKey }]),
          ...(place.password === undefined ? [] : ['password', 'keyboard-interactive']),
        ] as AuthenticationType[],
        readyTimeout: READY_MILLISECONDS,
        keepaliveInterval: KEEPALIVE_MILLISECONDS,
        algorithms: { ...ALGORITHMS, serverHostKey: hostKeyAlgorithms(place.hostKeys) },
        hostVerifier: (key: Buffer) => {
          if (isTrusted(key, place.hostKeys)) return true;
          // Said before anything of the user is sent.
          lost(notTrusted(key, place));
          return false;
        },
      });
    });
    const sftp = await call<SFTPWrapper>((done) => client.sftp(done as Parameters<typeof client.sftp>[0])).catch((error) => {
      throw explainNoSftp(error, place) ?? error;
    });
    sftp.on('close', () => lost(new Error('The channel was closed.')));
    return { sock, sftp, call, folders: new Set(), isAlive: () => failure === undefined, end: () => void client.end() };
  } catch (error) {
    lost(error);
    context.signal.throwIfAborted();
    throw explainEnd(error, place, phase);
  }
}

function notTrusted(key: Buffer, place: Place): ConnectorError {
  const { fingerprint, type } = shownKey(key);
  const shows = `the server at ${place.shown} shows ${fingerprint} (${type})`;
  const remedy =
    'Compare it with the fingerprint that the server’s administrator gives you (ssh-keygen -lf), and write it into “Host key” only if they are the same.';
  return place.hostKeys.length === 0
    ? new ConnectorError('option_invalid', `The option “Host key” is empty; ${shows}. Nothing of the user was sent.`, { remedy })
    : new ConnectorError('upstream_refused', `It is not the known host key that ${shows}. Nothing of the user was sent.`, { remedy });
}
