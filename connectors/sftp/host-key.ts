import { createHash } from 'node:crypto';
import { ConnectorError } from '@holdfast/connector';
import type { ServerHostKeyAlgorithm } from 'ssh2';

/** A key that a server may show. */
interface Trusted {
  /** SHA-256 of the key, in base64 without padding. */
  readonly sha256: string;
  /** `ssh-ed25519`, …; a fingerprint does not say it. */
  readonly type: string | undefined;
}

/** What a server shows of itself. */
export interface HostKey {
  /** `SHA256:…`, as ssh-keygen -l writes it. */
  readonly fingerprint: string;
  readonly type: string;
}

/** RFC 4253, section 6.6, RFC 5656, RFC 8332, RFC 8709; without SHA-1 and DSA. In order of preference. */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/**
 * Reads fingerprints and lines of known_hosts; the names of hosts in those are not looked at.
 *
 * @throws ConnectorError `option_invalid` when there is a text and no key in it.
 */
export function readHostKeys(value: unknown): readonly Trusted[] {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text === '') return [];
  const fingerprints = [...text.matchAll(/SHA256:([A-Za-z0-9+/]{43})=?(?=\s|$)/g)].map(([, sha256 = '']) => ({ sha256, type: undefined }));
  const keys = [...text.matchAll(/(?<=^|\s)(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) (AAAA[A-Za-z0-9+/]+=*)/g)].map(
    ([, type = '', key = '']) => ({ sha256: digestOf(Buffer.from(key, 'base64')), type }),
  );
  if (fingerprints.length + keys.length === 0) {
    throw new ConnectorError('option_invalid', 'The option “Host key” holds no key that can be compared.', {
      remedy: 'Paste a fingerprint that begins with SHA256:, or a line of known_hosts; the connection test shows what the server has.',
    });
  }
  return [...fingerprints, ...keys];
}

/** Those that the trusted keys can be shown with; all when one is known by its fingerprint alone. */
export function hostKeyAlgorithms(trusted: readonly Trusted[]): ServerHostKeyAlgorithm[] {
  const types = new Set(trusted.map(({ type }) => type));
  const all = types.size === 0 || types.has(undefined);
  return Object.entries(ALGORITHMS).flatMap(([type, algorithms]) => (all || types.has(type) ? algorithms : []));
}

/** Whether a key, as the server sends it, is one of them. */
export function isTrusted(key: Buffer, trusted: readonly Trusted[]): boolean {
  const sha256 = digestOf(key);
  return trusted.some((each) => each.sha256 === sha256);
}

/** Of the key as the server sends it, which begins with its type (RFC 4253, section 6.6). */
export function shownKey(key: Buffer): HostKey {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  const type = key.subarray(4, 4 + length).toString('latin1');
  return { fingerprint: `SHA256:${digestOf(key)}`, type: Object.hasOwn(ALGORITHMS, type) ? type : 'of another kind' };
}

function digestOf(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
}
