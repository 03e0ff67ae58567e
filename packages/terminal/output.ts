import { relativeTime } from '@holdfast/api/relative-time';
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
  clearProgress();
  process.stderr.write(`${text}\n`);
}

let progressShown = false;

/** One line on a terminal that the next one replaces; where standard error is no terminal, nothing. */
export function progress(text: string): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\x1b[K${text.slice(0, Math.max(10, (process.stderr.columns || 80) - 1))}`);
  progressShown = true;
}

/** Takes the progress line off the terminal, if one is shown. */
export function clearProgress(): void {
  if (progressShown) process.stderr.write('\r\x1b[K');
  progressShown = false;
}

/** `1,204 secrets`, `1 secret`. @param plural for nouns that take no s. */
export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}

/** `1.7 kB`: decimal units, as the console and file managers show them; always one digit after the point. */
export function sized(bytes: number): string {
  if (bytes < 1_000) return counted(bytes, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1_000;
  let unit = 0;
  for (; value >= 999.95 && unit < units.length - 1; unit += 1) value /= 1_000;
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** On a terminal `3 weeks ago` or `in 2 days`; for a file or program `2026-11-24 09:30`, in UTC. */
export function moment(time: string | null, now = Date.now()): string {
  if (time === null) return 'never';
  return process.stdout.isTTY ? relativeTime(time, now) : absolute(time);
}

/** Both on a terminal, where one thing is shown and there is room. */
export function fullMoment(time: string | null, now = Date.now()): string {
  if (time === null) return 'never';
  return process.stdout.isTTY ? `${relativeTime(time, now)} (${absolute(time)} UTC)` : absolute(time);
}

function absolute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
