import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, chownSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../harness/eventually.ts';
import { freePort } from '../harness/ports.ts';

const PLACES = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd', '/opt/homebrew/sbin/sshd'];
/** Of the account that is there for the server alone. */
const ACCOUNT = { name: 'holdfast-interop', uid: 64_223 };

/**
 * The server of OpenSSH on this machine with a configuration, host keys and a folder of its own, on a port of
 * 127.0.0.1. It is no service: it ends with the process that started it.
 */
export interface OpenSshServer extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /**
   * Of the user. Only root can give the server an account with a password: one that nothing else on the
   * machine sees, in a mount namespace.
   */
  readonly password: string | undefined;
  /** It belongs to the user. */
  readonly folder: string;
  /** Lines of known_hosts, and fingerprints, by kind. */
  readonly hostKeys: Readonly<Record<(typeof KINDS)[number], { readonly line: string; readonly fingerprint: string }>>;
  /** From now on this key signs in; `options` as authorized_keys has them, such as `restrict`. */
  authorize(publicKey: string, options?: string): void;
  /** What the server has said. */
  log(): string;
}

const KINDS = ['ed25519', 'ecdsa', 'rsa'] as const;

/** Where it is; `undefined` when this machine has none. */
export function findSshd(): string | undefined {
  return PLACES.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A key pair as ssh-keygen writes it; `more` are arguments of it, such as `-m PEM`. */
export function keygen(file: string, kind: string, passphrase = '', more: readonly string[] = []): { private: string; public: string } {
  run('ssh-keygen', ['-q', '-t', kind, '-N', passphrase, '-C', 'interop', '-f', file, ...more]);
  return { private: readFileSync(file, 'utf8'), public: readFileSync(`${file}.pub`, 'utf8').trim() };
}

/** The key as `ssh-keygen -p` writes it, with the same passphrase. */
export function rewritten(file: string, passphrase: string): string {
  run('ssh-keygen', ['-q', '-p', '-P', passphrase, '-N', passphrase, '-f', file]);
  return readFileSync(file, 'utf8');
}

/** `more`: lines of its configuration before all others. The first of several that say the same counts. */
export async function startOpenSsh(sshd: string, more: readonly string[] = []): Promise<OpenSshServer> {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-openssh-'));
  // The user goes through it to the folder.
  chmodSync(home, 0o711);
  const folder = join(home, 'documents');
  mkdirSync(folder);
  const port = await freePort();
  const hostKeys = Object.fromEntries(
    KINDS.map((kind) => {
      const pair = keygen(join(home, `host-${kind}`), kind);
      const fingerprint = run('ssh-keygen', ['-l', '-f', join(home, `host-${kind}.pub`)]).split(' ')[1] ?? '';
      return [kind, { line: `[127.0.0.1]:${port} ${pair.public}`, fingerprint }];
    }),
  ) as OpenSshServer['hostKeys'];
  const keys = join(home, 'authorized_keys');
  writeFileSync(keys, '');
  const config = join(home, 'sshd_config');
  const lines = [
    ...more,
    ...['ListenAddress 127.0.0.1', `Port ${port}`, 'PidFile none', 'UseDNS no', 'UsePAM no', 'StrictModes no', 'LogLevel VERBOSE'],
    ...KINDS.map((kind) => `HostKey ${join(home, `host-${kind}`)}`),
    ...[`AuthorizedKeysFile ${keys}`, 'PasswordAuthentication yes', 'KbdInteractiveAuthentication no', 'Subsystem sftp internal-sftp'],
    // New keys in the middle of each large document.
    'RekeyLimit 4M',
  ];
  // Since 9.8 an address that was refused is kept out for a while, and every client here has one address.
  const patient = `${[...lines, 'PerSourcePenalties no'].join('\n')}\n`;
  writeFileSync(config, patient);
  const account = accountOf(home, folder);
  const command = [...account.command, sshd, '-D', '-e', '-f', config];
  if (spawnSync(sshd, ['-t', '-f', config]).stderr.includes('PerSourcePenalties')) writeFileSync(config, `${lines.join('\n')}\n`);

  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await eventually('sshd to listen', () => {
      if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}: ${said}`);
      return listens(port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    user: account.user,
    password: account.password,
    folder,
    hostKeys,
    authorize: (publicKey, options = '') => writeFileSync(keys, `${options} ${publicKey}\n`.trimStart(), { flag: 'a' }),
    log: () => said,
    [Symbol.asyncDispose]: stop,
  };
}

interface ServerAccount {
  readonly user: string;
  readonly password: string | undefined;
  /** What stands in front of the server's own command. */
  readonly command: readonly string[];
}

/** Mounted over files of the machine, for the server alone; sshd needs an empty folder in /run, too. */
const IN_NAMESPACE =
  'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow && mount -t tmpfs tmpfs /run && ' +
  'mkdir -m 755 /run/sshd && shift && exec "$@"';

function accountOf(home: string, folder: string): ServerAccount {
  const self = userInfo();
  const alone = ['unshare', '--mount', '--propagation', 'private', '--', '/bin/sh', '-c', IN_NAMESPACE, 'sh', home];
  if (self.uid !== 0) return { user: self.username, password: undefined, command: [] };
  const password = `interop ${randomBytes(12).toString('base64url')}`;
  const hash = run('openssl', ['passwd', '-6', '-stdin'], password).trim();
  const { name, uid } = ACCOUNT;
  writeFileSync(join(home, 'passwd'), `${readFileSync('/etc/passwd', 'utf8')}${name}:x:${uid}:${uid}::${folder}:/bin/sh\n`);
  writeFileSync(join(home, 'shadow'), `${readFileSync('/etc/shadow', 'utf8')}${name}:${hash}:20000:0:99999:7:::\n`, { mode: 0o600 });
  chownSync(folder, uid, uid);
  return { user: name, password, command: alone };
}

function run(program: string, given: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(program, given, { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${error?.message ?? stderr}`);
  return stdout;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
