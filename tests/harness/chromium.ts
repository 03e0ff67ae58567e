import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));

/** A browser on this machine, and the environment it has to be started with. */
export interface Chromium {
  executable: string;
  environment: Record<string, string>;
}

async function writable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function cacheFolder(): Promise<string> {
  const beside = join(repository, 'node_modules', '.cache', 'holdfast');
  return (await writable(beside)) ? beside : mkdtemp(join(tmpdir(), 'holdfast-chromium-'));
}

/**
 * The browser of the package `@sparticuz/chromium`, unpacked once (about 2 s, 215 MB) beside the packages.
 * `CHROMIUM_PATH` names another one. Two processes may ask at once: each unpacks on its own and the first to
 * finish is kept.
 */
export async function findChromium(): Promise<Chromium> {
  const given = process.env.CHROMIUM_PATH;
  if (given) return { executable: given, environment: {} };
  const { dependencies } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const version = dependencies['@sparticuz/chromium'];
  const cache = await cacheFolder();
  const folder = join(cache, `chromium-${version}`);
  if (!existsSync(join(folder, 'chromium'))) await unpack(cache, folder);
  return {
    executable: join(folder, 'chromium'),
    environment: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: join(folder, 'fonts') },
  };
}

async function unpack(cache: string, folder: string): Promise<void> {
  const staging = await mkdtemp(join(cache, 'unpacking-'));
  await run(process.execPath, [fileURLToPath(new URL('unpack-chromium.mjs', import.meta.url))], {
    env: { PATH: process.env.PATH, HOME: staging, TMPDIR: staging },
  });
  // The file in the package names folders of another machine.
  await writeFile(
    join(staging, 'fonts', 'fonts.conf'),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(folder, 'fonts', 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${join(folder, 'fonts', 'cache')}</cachedir></fontconfig>\n`,
  );
  await rename(staging, folder).catch(async (error: unknown) => {
    await rm(staging, { recursive: true, force: true });
    if (!existsSync(join(folder, 'chromium'))) throw error;
  });
}
