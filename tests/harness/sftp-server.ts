import { createHash, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, mkdtemp, open, opendir, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type ServerConfig, type SFTPWrapper } from 'ssh2';

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** What a request of SFTP is about, before it is done. */
export interface SftpRequest {
  readonly name: 'OPEN' | 'READ' | 'WRITE' | 'STAT' | 'OPENDIR' | 'READDIR' | 'MKDIR' | 'REMOVE' | 'RENAME' | 'POSIX_RENAME' | 'FSYNC';
  readonly path: string;
  /** Also the opening of a file for it, as with `writes`. */
  readonly reads: boolean;
  readonly writes: boolean;
}

export interface SftpServerOptions {
  readonly user?: string;
  readonly password?: string;
  /** In the form of authorized_keys. */
  readonly publicKey?: string;
  /** By keyboard-interactive in place of password. */
  readonly interactive?: boolean;
  /** posix-rename and fsync of OpenSSH. Default: true. */
  readonly extensions?: boolean;
  /** Takes what is written, and keeps nothing of it. */
  readonly discards?: boolean;
  /** What the user gets who asks for SFTP, in place of it. */
  readonly inPlaceOfSftp?: (channel: ServerChannel) => void;
  /** Folders of these names that each folder lists, a page at a time, in place of what is in it. */
  readonly listsFolders?: () => readonly string[];
  /** Ends each connection at once, or when a user signs in, with a reason of RFC 4253, section 11.1. */
  readonly disconnects?: { readonly at: 'greeting' | 'sign-in'; readonly reason: number };
  /** Opens no channel, with a reason of RFC 4254, section 5.1. */
  readonly refusesChannel?: number;
  readonly config?: Partial<ServerConfig>;
}

/**
 * A status code of SFTP, by itself or with words of the server's; no answer; what is no packet of SFTP; or
 * the end of the connection, without a word or with a reason of RFC 4253, section 11.1.
 */
export type SftpRefusal =
  | number
  | { readonly status: number; readonly says: string }
  | { readonly disconnects: number }
  | 'silent'
  | 'malformed'
  | 'close';

/** What was asked for, so much later; of a file or a list at most so many bytes or entries at once. */
export interface SftpDelay {
  readonly milliseconds: number;
  readonly most?: number;
}

/**
 * An SSH server with an SFTP subsystem over a folder of its own: the server of ssh2, which speaks the real
 * protocol.
 */
export interface SftpServer extends AsyncDisposable {
  readonly port: number;
  /** What the user sees as `/`, where he arrives. */
  readonly folder: string;
  readonly fingerprint: string;
  /** A line of known_hosts. */
  readonly knownHost: string;
  /** Ways in which somebody tried to sign in. */
  readonly attempts: string[];
  readonly requests: SftpRequest[];
  /** Connections so far. */
  connections(): number;
  /** Answers a request with what it returns in place of doing it; `'silent'`: never. */
  refuse(handler: ((request: SftpRequest) => SftpRefusal | SftpDelay | undefined) | undefined): void;
}

/**
 * A key pair of Ed25519 in the form of OpenSSH. Of 1,000 that ssh2 makes it cannot read some three again:
 * then another is made.
 */
export function sshKeyPair(options: { readonly passphrase?: string; readonly comment?: string } = {}): {
  readonly private: string;
  readonly public: string;
} {
  const { passphrase, comment = '' } = options;
  for (;;) {
    const pair =
      passphrase === undefined
        ? ssh2.utils.generateKeyPairSync('ed25519', { comment })
        : ssh2.utils.generateKeyPairSync('ed25519', { comment, passphrase, cipher: 'aes256-ctr', rounds: 4 });
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}

export async function startSftpServer(options: SftpServerOptions = {}): Promise<SftpServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sftp-'));
  const hostKey = sshKeyPair();
  const [type = '', key = ''] = hostKey.public.split(' ');
  const attempts: string[] = [];
  const requests: SftpRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let refusal: ((request: SftpRequest) => SftpRefusal | SftpDelay | undefined) | undefined;

  const server = new ssh2.Server({ hostKeys: [hostKey.private], ...options.config }, (client: Connection) => {
    connections += 1;
    client.on('error', () => {});
    const { disconnects, refusesChannel } = options;
    if (disconnects?.at === 'greeting') return disconnect(client, disconnects.reason);
    client.on('authentication', (context) => {
      attempts.push(context.method);
      if (disconnects !== undefined) return disconnect(client, disconnects.reason);
      signIn(context, options);
    });
    client.on('session', (accept, reject) => {
      if (refusesChannel !== undefined) return refuseChannel(client, reject, refusesChannel);
      const session = accept();
      const { inPlaceOfSftp } = options;
      if (inPlaceOfSftp !== undefined) return session.on('subsystem', (acceptChannel) => inPlaceOfSftp(acceptChannel()));
      session.on('sftp', (acceptSftp) => {
        const sftp = acceptSftp();
        if (options.extensions !== false) offerExtensions(sftp);
        serve(sftp, folder, options, (request) => {
          if (options.discards !== true) requests.push(request);
          const answer = refusal?.(request);
          if (answer === 'close') for (const socket of sockets) socket.destroy();
          if (typeof answer === 'object' && 'disconnects' in answer) disconnect(client, answer.disconnects);
          return answer;
        });
      });
    });
  });
  // biome-ignore lint/suspicious/noExplicitAny: the server of ssh2 keeps its listener to itself.
  (server as any)._srv.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    folder,
    fingerprint: `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`,
    knownHost: `[127.0.0.1]:22 ${type} ${key}`,
    attempts,
    requests,
    connections: () => connections,
    refuse(handler) {
      refusal = handler;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((closed) => server.close(() => closed()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The message with its reason, and the end of the connection behind it. */
function disconnect(client: Connection, reason: number): void {
  // biome-ignore lint/suspicious/noExplicitAny: a reason of one's own is not in the types.
  const { _protocol: protocol, _sock: socket } = client as any;
  protocol.disconnect(reason);
  socket.end();
}

/** The server of ssh2 has a reason of its own: another is put in its place. */
function refuseChannel(client: Connection, reject: () => void, reason: number): void {
  // biome-ignore lint/suspicious/noExplicitAny: what sends packets is not in the types.
  const protocol = (client as any)._protocol;
  const send = protocol.channelOpenFail;
  protocol.channelOpenFail = (id: number, _reason: number, words: string) => send.call(protocol, id, reason, words);
  reject();
}

function signIn(context: AuthContext, options: SftpServerOptions): void {
  const { user = 'ada', password, publicKey, interactive = false } = options;
  const methods = [
    ...(password === undefined ? [] : [interactive ? ('keyboard-interactive' as const) : ('password' as const)]),
    ...(publicKey === undefined ? [] : ['publickey' as const]),
  ];
  const end = (allowed: boolean) => {
    if (allowed) context.accept();
    else context.reject(methods);
  };
  if (context.username === user && context.method === 'keyboard-interactive' && interactive && password !== undefined) {
    context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => end(same(answers[0] ?? '', password)));
    return;
  }
  end(context.username === user && isKnown(context, options));
}

function isKnown(context: AuthContext, { password, publicKey, interactive = false }: SftpServerOptions): boolean {
  if (context.method === 'password') return !interactive && password !== undefined && same(context.password, password);
  if (context.method !== 'publickey' || publicKey === undefined) return false;
  const known = ssh2.utils.parseKey(publicKey);
  if (known instanceof Error || !context.key.data.equals(known.getPublicSSH())) return false;
  // Without a signature it is only asked whether the key would do.
  return context.signature === undefined || known.verify(context.blob as Buffer, context.signature, context.hashAlgo) === true;
}

function same(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

type Opened =
  | { readonly kind: 'file'; readonly path: string; readonly handle: FileHandle; length: number }
  | { readonly kind: 'folder'; readonly path: string; names: string[] | undefined };

function serve(
  sftp: SFTPWrapper,
  root: string,
  { discards = false, listsFolders }: Pick<SftpServerOptions, 'discards' | 'listsFolders'>,
  asked: (request: SftpRequest) => SftpRefusal | SftpDelay | undefined,
): void {
  const opened = new Map<number, Opened>();
  let last = 0;
  const clean = (path: string) => posix.join('/', path);
  const real = (path: string) => join(root, clean(path));
  const openedOf = (handle: Buffer) => (handle.length === 4 ? opened.get(handle.readUInt32BE(0)) : undefined);
  const handleOf = (each: Opened) => {
    last += 1;
    opened.set(last, each);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(last);
    return handle;
  };
  /** Answers what the work does not. */
  const answer = (
    id: number,
    name: SftpRequest['name'],
    path: string,
    writes: boolean,
    work: (most: number) => Promise<void>,
    reads = !writes,
  ) => {
    const refused = asked({ name, path: clean(path), reads, writes });
    const begin = (most: number) =>
      work(most).catch((error: NodeJS.ErrnoException) => sftp.status(id, statusFor(error), String(error.message)));
    if (refused === 'malformed') return sendRaw(sftp, Buffer.alloc(4));
    if (typeof refused === 'string' || (typeof refused === 'object' && 'disconnects' in refused)) return;
    if (typeof refused === 'number') return refuse(sftp, id, refused);
    if (refused === undefined) return void begin(Number.POSITIVE_INFINITY);
    if ('status' in refused) return sftp.status(id, refused.status, refused.says);
    setTimeout(begin, refused.milliseconds, refused.most ?? Number.POSITIVE_INFINITY);
  };
  const ok = (id: number) => sftp.status(id, STATUS_CODE.OK);

  sftp.on('OPEN', (id, path, flags) => {
    const writes = (flags & (OPEN_MODE.WRITE | OPEN_MODE.APPEND)) !== 0;
    const reads = (flags & OPEN_MODE.READ) !== 0;
    const opens = async () => {
      const mode =
        (writes ? (reads ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY) |
        ((flags & OPEN_MODE.CREAT) !== 0 ? constants.O_CREAT : 0) |
        ((flags & OPEN_MODE.TRUNC) !== 0 ? constants.O_TRUNC : 0) |
        ((flags & OPEN_MODE.EXCL) !== 0 ? constants.O_EXCL : 0);
      sftp.handle(id, handleOf({ kind: 'file', path, handle: await open(real(path), mode), length: 0 }));
    };
    answer(id, 'OPEN', path, writes, opens, reads);
  });
  sftp.on('READ', (id, handle, offset, length) => {
    const file = openedOf(handle);
    if (file?.kind !== 'file') return refuse(sftp, id, STATUS_CODE.FAILURE);
    answer(id, 'READ', file.path, false, async (most) => {
      const { bytesRead, buffer } = await file.handle.read(Buffer.alloc(length), 0, Math.min(length, most), offset);
      if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
    });
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    const file = openedOf(handle);
    if (file?.kind !== 'file') return refuse(sftp, id, STATUS_CODE.FAILURE);
    answer(id, 'WRITE', file.path, true, async () => {
      file.length = Math.max(file.length, offset + data.length);
      if (!discards) await file.handle.write(data, 0, data.length, offset);
      ok(id);
    });
  });
  sftp.on('CLOSE', (id, handle) => {
    const each = openedOf(handle);
    opened.delete(handle.readUInt32BE(0));
    (each?.kind === 'file' ? each.handle.close() : Promise.resolve()).then(() => ok(id));
  });
  sftp.on('FSTAT', (id, handle) => {
    const file = openedOf(handle);
    if (file?.kind !== 'file') return refuse(sftp, id, STATUS_CODE.FAILURE);
    file.handle.stat().then((found) => sftp.attrs(id, { ...attributes(found), ...(discards && { size: file.length }) }));
  });
  for (const name of ['STAT', 'LSTAT'] as const) {
    sftp.on(name as 'STAT', (id, path) => {
      answer(id, 'STAT', path, false, async () => {
        sftp.attrs(id, attributes(await (name === 'STAT' ? stat : lstat)(real(path))));
      });
    });
  }
  sftp.on('OPENDIR', (id, path) => {
    answer(id, 'OPENDIR', path, false, async () => {
      await (await opendir(real(path))).close();
      sftp.handle(id, handleOf({ kind: 'folder', path, names: undefined }));
    });
  });
  sftp.on('READDIR', (id, handle) => {
    const each = openedOf(handle);
    if (each?.kind !== 'folder') return refuse(sftp, id, STATUS_CODE.FAILURE);
    answer(id, 'READDIR', each.path, false, async (most) => {
      if (listsFolders !== undefined) return listFolders(sftp, id, listsFolders());
      each.names ??= ['.', '..', ...(await readdir(real(each.path)))];
      const page = each.names.splice(0, Math.min(50, most));
      if (page.length === 0) return refuse(sftp, id, STATUS_CODE.EOF);
      const found = await Promise.all(
        page.map(async (filename) => ({ filename, longname: filename, attrs: attributes(await lstat(join(real(each.path), filename))) })),
      );
      sftp.name(id, found);
    });
  });
  sftp.on('REALPATH', (id, path) => {
    const filename = clean(path);
    sftp.name(id, [{ filename, longname: filename, attrs: {} as never }]);
  });
  sftp.on('MKDIR', (id, path) =>
    answer(id, 'MKDIR', path, true, async () => {
      await mkdir(real(path));
      ok(id);
    }),
  );
  sftp.on('REMOVE', (id, path) =>
    answer(id, 'REMOVE', path, true, async () => {
      await unlink(real(path));
      ok(id);
    }),
  );
  sftp.on('RENAME', (id, from, to) => {
    answer(id, 'RENAME', to, true, async () => {
      // Version 3 does not replace what is there.
      if (await stat(real(to)).catch(() => undefined)) return refuse(sftp, id, STATUS_CODE.FAILURE);
      await rename(real(from), real(to));
      ok(id);
    });
  });
  // Not in the types of ssh2.
  (sftp as unknown as NodeJS.EventEmitter).on('EXTENDED', (id: number, name: string, data: Buffer) => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = stringsOf(data);
    if (name === 'posix-rename@openssh.com') {
      answer(id, 'POSIX_RENAME', String(second), true, async () => {
        await rename(real(String(first)), real(String(second)));
        ok(id);
      });
    } else if (name === 'fsync@openssh.com') {
      const file = openedOf(first);
      if (file?.kind !== 'file') return refuse(sftp, id, STATUS_CODE.FAILURE);
      answer(id, 'FSYNC', file.path, true, async () => {
        await file.handle.sync();
        ok(id);
      });
    } else sftp.status(id, STATUS_CODE.OP_UNSUPPORTED);
  });
  sftp.on('end', () => {
    for (const each of opened.values()) if (each.kind === 'file') each.handle.close().catch(() => {});
  });
}

function listFolders(sftp: SFTPWrapper, id: number, names: readonly string[]): void {
  if (names.length === 0) {
    refuse(sftp, id, STATUS_CODE.EOF);
    return;
  }
  const attrs = { mode: constants.S_IFDIR, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
  sftp.name(
    id,
    names.map((filename) => ({ filename, longname: '', attrs })),
  );
}

/** Also with a status of a later version, which the server of ssh2 does not send by itself. */
function refuse(sftp: SFTPWrapper, id: number, status: number): void {
  if (status <= 8) {
    sftp.status(id, status);
    return;
  }
  const packet = Buffer.alloc(4 + 1 + 4 + 4 + 4 + 4);
  packet.writeUInt32BE(packet.length - 4);
  packet[4] = 101;
  packet.writeUInt32BE(id, 5);
  packet.writeUInt32BE(status, 9);
  sendRaw(sftp, packet);
}

function sendRaw(sftp: SFTPWrapper, packet: Buffer): void {
  // biome-ignore lint/suspicious/noExplicitAny: what sends packets is not in the types.
  const { _protocol: protocol, outgoing } = sftp as any;
  protocol.channelData(outgoing.id, packet);
}

function attributes({ mode, uid, gid, size, atimeMs, mtimeMs }: Awaited<ReturnType<typeof stat>>) {
  return {
    mode: Number(mode),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    atime: Number(atimeMs) / 1000,
    mtime: Number(mtimeMs) / 1000,
  };
}

function statusFor({ code }: NodeJS.ErrnoException): number {
  if (code === 'ENOENT') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' || code === 'EPERM' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}

function stringsOf(data: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const length = data.readUInt32BE(at);
    found.push(data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

/** The server of ssh2 offers no extensions: they are put into its first packet, the version. */
function offerExtensions(sftp: SFTPWrapper): void {
  // biome-ignore lint/suspicious/noExplicitAny: what sends packets is not in the types.
  const protocol = (sftp as any)._protocol;
  const send = protocol.channelData;
  const string = (text: string) => {
    const bytes = Buffer.alloc(4 + text.length, text, 'latin1');
    bytes.writeUInt32BE(text.length);
    bytes.write(text, 4, 'latin1');
    return bytes;
  };
  const version = Buffer.concat([Buffer.from([2, 0, 0, 0, 3]), ...['posix-rename@openssh.com', '1', 'fsync@openssh.com', '1'].map(string)]);
  const packet = Buffer.concat([Buffer.alloc(4), version]);
  packet.writeUInt32BE(version.length);
  protocol.channelData = function first(id: number) {
    protocol.channelData = send;
    return send.call(protocol, id, packet);
  };
}
