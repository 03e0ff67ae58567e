import { readFile } from 'node:fs/promises';

/** The version that a package.json states. */
export async function readVersion(manifest: URL): Promise<string> {
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version;
}
