import type { Command } from 'commander';

/** Whether the caller wants JSON. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}

/** An answer: one line of JSON for a program, or text for a person. */
export function answer(command: Command, json: unknown, text: string): void {
  if (wantsJson(command)) process.stdout.write(`${JSON.stringify(json)}\n`);
  else if (text !== '') process.stdout.write(`${text}\n`);
}

/** Beside the answer, for a person alone. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Columns as wide as what stands in them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `2026-11-24 09:30`, in UTC. */
export function moment(time: string | null): string {
  return time === null ? 'never' : time.slice(0, 16).replace('T', ' ');
}

export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}
