import assert from 'node:assert/strict';
import { holdfast } from '../../harness/command-line.ts';
import type { Needle } from './marker.ts';
import { type Finding, searchFolder } from './search.ts';
import { watchArguments } from './watch-arguments.ts';

/**
 * Node's own, of what goes out. Not that of streams, which shows the first 50 bytes of whatever is read: of
 * standard input, too.
 */
const DEBUG_OUTPUT = 'http,https,net,tls,undici,fetch';
/** Above how long another program lives that a command would start. */
const LOOK_MILLISECONDS = 100;

/** The commands of one person, with all that they leave behind. */
export interface CommandLine {
  readonly home: string;
  /** What they printed: answers, errors, debug output. */
  readonly outputs: string[];
  /**
   * In arguments and environments of the commands and of what they start, and in the home after each of them:
   * a later one may remove it.
   */
  readonly findings: Finding[];
  /** Fails when it ends with another exit code. Answers standard output. */
  run(words: readonly string[], input?: string, codes?: readonly number[]): Promise<string>;
}

export function commandLine(needles: readonly Needle[], home: string, environment: Record<string, string>): CommandLine {
  const outputs: string[] = [];
  const findings: Finding[] = [];
  return {
    home,
    outputs,
    findings,
    async run(words, input = '', codes = [0]) {
      await using watched = new AsyncDisposableStack();
      const result = await holdfast(words, {
        home,
        environment: { ...environment, NODE_DEBUG: DEBUG_OUTPUT },
        input,
        started: (pid) => {
          const watch = watched.use(watchArguments(needles, pid, LOOK_MILLISECONDS));
          watched.defer(() => void findings.push(...watch.findings));
        },
      });
      outputs.push(result.stdout, result.stderr);
      findings.push(...(await searchFolder(needles, home)));
      assert.ok(codes.includes(result.code ?? -1), `holdfast ${words.slice(0, 3).join(' ')} ended with ${result.code}: ${result.stdout}`);
      return result.stdout;
    },
  };
}
