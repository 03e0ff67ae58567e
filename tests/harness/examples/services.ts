import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Example } from '../../../examples/index.ts';

/**
 * What an example talks to on this machine. The services come from packages of the tests' workspace, so that
 * Holdfast itself installs none of them.
 */
export interface ExampleServices extends AsyncDisposable {
  /** A value for each secret of the example. */
  readonly values: Readonly<Record<string, string>>;
  /** By component: the options that differ from the definition because the services are here. */
  readonly options: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** `host:port` of each service: private addresses, which an operator has to allow. */
  readonly reaches: readonly string[];
  /** Certificates to trust, in PEM, where a service speaks TLS. */
  readonly certificates?: string;
  /** What stands behind the addresses, one sentence each. */
  readonly says: readonly string[];
  /**
   * Adds so many documents to the source, and has what takes them wait once it has some of them. Answers
   * their names, and what ends the waiting. Of examples that have it.
   */
  readonly hold?: (documents: number) => Promise<Held>;
  /** What has been published there so far, by name. */
  published(): Promise<readonly Published[]>;
}

export interface Held {
  /** As {@link ExampleServices.published} names them. */
  readonly names: readonly string[];
  release(): Promise<void>;
}

export interface Published {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What a service keeps, so that it is found at the same place, with the same credential, the next time. */
export interface Kept {
  port(name: string): Promise<number>;
  credential(name: string): Promise<string>;
}

/** For services that are forgotten afterwards. */
export const NOTHING_KEPT: Kept = {
  port: async () => 0,
  credential: async () => randomBytes(24).toString('base64url'),
};

export async function startServices({ name }: Example, kept: Kept = NOTHING_KEPT): Promise<ExampleServices> {
  const { start } = (await import(`./${name}.ts`)) as { start(kept: Kept): Promise<ExampleServices> };
  return start(kept);
}

/** A file in the folder of an example, which holds what goes through it. */
export function exampleFile(name: string, path: string): URL {
  return new URL(`../../../examples/${name}/${path}`, import.meta.url);
}

/** The sample documents of an example, in subfolders too, by their paths. */
export async function documentsOf({ name }: Pick<Example, 'name'>): Promise<Published[]> {
  const folder = fileURLToPath(exampleFile(name, 'documents/'));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
  return Promise.all(paths.sort().map(async (path) => ({ name: path, bytes: await readFile(join(folder, path)) })));
}
