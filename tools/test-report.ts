import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/** What a test file came to: a line of its own, for the runner, after those for people. */
export interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Begins the line of a FileResult. */
export const RESULT = 'result ';

/**
 * A reporter for test-files.ts: every failure in full where it happened, and a line for each file as it ends,
 * with what it took.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let counts = { passed: 0, failed: 0, skipped: 0 };
  let skipped: string[] = [];
  let computedBefore = 0;
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, details, nesting, skip } = event.data;
    if (event.type === 'test:fail') {
      const { file, line } = event.data;
      const error = event.data.details.error as Error & { failureType?: string };
      // A group, and a file, fail because of what is inside, which was reported already.
      if (error.failureType !== 'subtestsFailed') {
        const cause = error.cause instanceof Error ? error.cause : error;
        counts.failed += 1;
        yield `    ✖ ${name}\n      ${file ? relative(process.cwd(), file) : ''}:${line ?? ''}\n${indent(describe(cause))}\n`;
      }
    } else if (skip !== undefined) {
      counts.skipped += 1;
      skipped.push(typeof skip === 'string' ? skip : name);
    } else if (details.type !== 'suite') {
      counts.passed += 1;
    }
    if (nesting > 0) continue;
    const computed = computedSeconds();
    const parts = [`${counts.passed} passed`];
    if (counts.failed > 0) parts.push(`${counts.failed} failed`);
    if (counts.skipped > 0) parts.push(`${counts.skipped} skipped (${[...new Set(skipped)].join('; ')})`);
    const took = `${(details.duration_ms / 1000).toFixed(1)} s${computed > 0 ? `, computed for ${(computed - computedBefore).toFixed(1)} s` : ''}`;
    yield `    ${counts.failed > 0 ? '✖' : '✔'} ${name}: ${parts.join(', ')} in ${took}\n`;
    yield `${RESULT}${JSON.stringify({ file: name, ...counts } satisfies FileResult)}\n`;
    counts = { passed: 0, failed: 0, skipped: 0 };
    skipped = [];
    computedBefore = computed;
  }
}

/**
 * Of this process, and of those that it started and that have ended. The first of several files has loaded
 * what they all import. Only Linux says it: 0 elsewhere.
 */
export function computedSeconds(): number {
  if (process.platform !== 'linux') return 0;
  // proc_pid_stat(5): after the name in brackets come fields 3 and on; 14 to 17 are utime, stime, cutime and
  // cstime, in hundredths of a second.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / 100;
}

function describe(error: Error): string {
  const text = error.stack ?? String(error);
  const chain = error.cause instanceof Error ? `\ncaused by ${describe(error.cause)}` : '';
  const lines = text.split('\n').filter((line) => !line.includes('node:internal'));
  return lines.slice(0, 60).join('\n') + chain;
}

function indent(text: string): string {
  return text.replace(/^/gm, '        ');
}
