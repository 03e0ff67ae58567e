import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/**
 * A reporter for `node --test`: every failure in full where it happened, and a line for each file as it ends,
 * with what it took. The last line holds the counts, for the runner.
 */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const skipped: string[] = [];
  let failedInFile = 0;
  for await (const event of events) {
    if (event.type === 'test:fail') {
      const { name, file, line, details } = event.data;
      const error = details.error as Error & { failureType?: string };
      // A group, and a file, fail because of what is inside, which was reported already.
      if (error.failureType === 'subtestsFailed') continue;
      const cause = error.cause instanceof Error ? error.cause : error;
      failedInFile += 1;
      yield `    ✖ ${name}\n      ${file ? relative(process.cwd(), file) : ''}:${line ?? ''}\n${indent(describe(cause))}\n`;
    } else if (event.type === 'test:pass' && event.data.skip !== undefined) {
      skipped.push(typeof event.data.skip === 'string' ? event.data.skip : event.data.name);
    } else if (event.type === 'test:summary' && event.data.file !== undefined) {
      const { counts, file, duration_ms } = event.data;
      totals.passed += counts.passed;
      totals.failed += failedInFile;
      totals.skipped += counts.skipped;
      const parts = [`${counts.passed} passed`];
      if (failedInFile > 0) parts.push(`${failedInFile} failed`);
      if (counts.skipped > 0) parts.push(`${counts.skipped} skipped (${[...new Set(skipped)].join('; ')})`);
      yield `    ${failedInFile > 0 ? '✖' : '✔'} ${relative(process.cwd(), file)}: ${parts.join(', ')} in ${(duration_ms / 1000).toFixed(1)} s\n`;
      skipped.length = 0;
      failedInFile = 0;
    }
  }
  totals.failed += failedInFile;
  yield `counts ${JSON.stringify(totals)}\n`;
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
