import { spawn } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Targets } from './attack.ts';

/** To be copied to where every account can read it. */
export const ATTACK = join(import.meta.dirname, 'attack.ts');

/** How a process that runs was started, as Linux shows it. */
export interface Started {
  /** Program, flags, script. */
  words: string[];
  environment: Record<string, string>;
  workingDirectory: string;
  uid: number;
  gid: number;
}

export async function howStarted(pid: number): Promise<Started> {
  const [commandLine, environment, status] = await Promise.all(
    ['cmdline', 'environ', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
  );
  const id = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status ?? '')?.[1]);
  return {
    words: (commandLine ?? '').split('\0').slice(0, -1),
    environment: Object.fromEntries(
      (environment ?? '')
        .split('\0')
        .filter((line) => line.includes('='))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
    workingDirectory: await readlink(`/proc/${pid}/cwd`),
    uid: id('Uid'),
    gid: id('Gid'),
  };
}

/** What is taken away to see that an attack succeeds without it. */
export interface Without {
  /** Node's flags: permission model, inspector, preload. */
  flags?: boolean;
  /** The account of its own. */
  account?: boolean;
}

/**
 * Starts one more process exactly as the given one was, with the attack as a last preload. @returns each
 * attempt's outcome.
 */
export async function attackAs(attack: string, started: Started, targets: Targets, without: Without = {}): Promise<Record<string, string>> {
  const [program = '', ...rest] = started.words;
  const script = rest.at(-1) ?? '';
  const flags = without.flags ? [] : [...rest.slice(0, -1), `--allow-fs-read=${attack}`];
  const child = spawn(program, [...flags, `--import=${pathToFileURL(attack)}`, script], {
    cwd: started.workingDirectory,
    env: { ...started.environment, ATTACK: JSON.stringify(targets) },
    // Its launcher holds the other end of standard input.
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(without.account || started.uid === process.getuid?.() ? {} : { uid: started.uid, gid: started.gid }),
  });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  try {
    return JSON.parse(output) as Record<string, string>;
  } catch {
    throw new Error(`The attack did not run:\n${output}${complaint}`);
  }
}
