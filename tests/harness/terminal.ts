import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import { eventually } from './eventually.ts';
import { cleanEnvironment, repository } from './instance.ts';

/** Bash on a real pseudo-terminal, as a person has it before them, with `holdfast` on its path. */
export interface Terminal extends Disposable {
  /** Everything that was shown. */
  shown(): string;
  type(text: string): void;
  typeBytes(bytes: Buffer): void;
  /** Waits until this has been shown since the last call. */
  waitFor(what: string | RegExp, options?: { withinMilliseconds?: number }): Promise<void>;
  /** Waits for the shell's next prompt, and answers the exit code of the command that has ended. */
  exitCode(): Promise<number>;
  /**
   * Lines that the shell itself has read and run, but for those that the test typed with {@link
   * Terminal.run}.
   */
  received(): Promise<string[]>;
  /** Types a command line and Enter. */
  run(line: string): void;
  pid: number;
}

const PROMPT = /⟨(\d+)⟩ /g;

export async function openTerminal(home: string, environment: Record<string, string> = {}, columns = 100): Promise<Terminal> {
  const programs = join(home, 'bin');
  const log = join(home, 'shell.log');
  await mkdir(programs, { recursive: true });
  const program = join(programs, 'holdfast');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${join(repository, 'bin', 'holdfast.mjs')}' "$@"\n`);
  await chmod(program, 0o755);
  await writeFile(log, '');
  // What readline hands to the shell is written down before it is run, commands that do not exist included.
  const start = join(home, 'bashrc');
  await writeFile(start, `PS1='⟨$?⟩ '\nHISTFILE=\ntrap 'printf "%s\\n" "$BASH_COMMAND" >> "${log}"' DEBUG\n`);
  const clean = cleanEnvironment(home, home);
  const shell: IPty = spawn('bash', ['--noprofile', '--rcfile', start, '-i'], {
    name: 'xterm',
    cols: columns,
    rows: 40,
    cwd: home,
    env: { ...clean, PATH: `${programs}:${clean.PATH ?? process.env.PATH ?? ''}`, TERM: 'xterm', LANG: 'C.UTF-8', ...environment },
  });
  let output = '';
  let looked = 0;
  const typed: string[] = [];
  shell.onData((data) => {
    output += data;
  });
  const waitFor = async (what: string | RegExp, { withinMilliseconds = 30_000 } = {}) => {
    const look = async () => {
      const rest = output.slice(looked);
      const match = typeof what === 'string' ? rest.indexOf(what) : rest.search(what);
      if (match === -1) return undefined;
      const length = typeof what === 'string' ? what.length : (rest.match(what)?.[0].length ?? 0);
      looked += match + length;
      return true;
    };
    await eventually(`the terminal to show ${what}`, look, { withinMilliseconds });
  };
  await waitFor(new RegExp(PROMPT.source));
  return {
    pid: shell.pid,
    shown: () => output,
    type: (text) => shell.write(text),
    // It takes them, whatever its types say.
    typeBytes: (bytes) => shell.write(bytes as unknown as string),
    run(line) {
      typed.push(line);
      shell.write(`${line}\r`);
    },
    waitFor,
    async exitCode() {
      const from = looked;
      await waitFor(new RegExp(PROMPT.source));
      const [last] = [...output.slice(from, looked).matchAll(PROMPT)];
      return Number(last?.[1]);
    },
    async received() {
      // What waits on the terminal is typed into the shell by now.
      await sleep(300);
      const left = [...typed];
      return (await readFile(log, 'utf8')).split('\n').filter((line) => {
        const known = left.indexOf(line);
        if (known !== -1) left.splice(known, 1);
        return known === -1 && line !== '';
      });
    },
    [Symbol.dispose]: () => shell.kill('SIGKILL'),
  };
}
