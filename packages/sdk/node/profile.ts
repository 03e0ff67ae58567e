import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Pin, Pins } from '../pins.ts';

/** What `holdfast login` keeps on a person's machine. */
export interface Profile {
  readonly url?: string;
  readonly organization?: string;
  readonly token?: string;
  /** To revoke the token at logout. */
  readonly tokenId?: string;
  /**
   * Cookies by which a server knows this machine again, by its address: wrong passwords that strangers try do
   * not keep its holder waiting. They open nothing, and outlive a logout.
   */
  readonly devices?: Readonly<Record<string, string>>;
  /** What was trusted, by the address of the server. It outlives a logout. */
  readonly pins?: Readonly<Record<string, Pin>>;
}

/** The profile is there and cannot be used. The message names the file and what to do. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  readonly code = 'profile_invalid';
}

/** `$XDG_CONFIG_HOME/holdfast/profile.json`, by default under `~/.config`. */
export function profilePath(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config'), 'holdfast', 'profile.json');
}

/**
 * Empty when there is none.
 *
 * @throws ProfileError when it is not JSON, or when other accounts can read it.
 */
export function readProfile(path = profilePath()): Profile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new ProfileError(
      `The profile ${path} cannot be read (${code ?? 'unknown'}). Correct its permissions, or remove it and log in again.`,
    );
  }
  // Windows keeps no such bits.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new ProfileError(
      `The profile ${path} is open to other accounts of this machine. Run chmod 600 on it; log in again if it held a token.`,
    );
  }
  try {
    const profile: unknown = JSON.parse(text);
    if (typeof profile === 'object' && profile !== null && !Array.isArray(profile)) return profile;
  } catch {
    // Said below.
  }
  throw new ProfileError(`The profile ${path} is damaged. Remove it and log in again.`);
}

/**
 * Written beside it first, so that a profile is there whole or not at all. Only its owner can read it.
 *
 * @throws an error of the file system, such as `EACCES` or `ENOSPC`: the former profile is left as it was.
 */
export function writeProfile(profile: Profile, path = profilePath()): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(partial, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(partial, 0o600);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/**
 * What is remembered in the profile.
 *
 * @throws nothing by itself: `read` throws as {@link readProfile}, `write` as that and {@link writeProfile}.
 */
export function profilePins(path = profilePath()): Pins {
  return {
    read: (url) => readProfile(path).pins?.[url],
    write(url, pin) {
      const profile = readProfile(path);
      writeProfile({ ...profile, pins: { ...profile.pins, [url]: pin } }, path);
    },
  };
}
