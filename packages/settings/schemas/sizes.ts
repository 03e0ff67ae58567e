import { parsedText, type TextSchema } from './text.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 };
const SIZE = /^([0-9]+(?:\.[0-9]+)?) *([a-z]*)$/i;

/** What a disk keeps free: so many bytes, or a part of its size. */
export type DiskReserve = { readonly bytes: number } | { readonly percent: number };

/** A number with B, KiB, MiB, GiB or TiB, or of bytes. The output is in bytes. */
export const byteSize: TextSchema<number> = parsedText('Write a size, for example 10GiB or 500MiB.', bytesOf);

/** A size, or a part of the disk such as `5%`; `0` keeps nothing free. */
export const diskReserve: TextSchema<DiskReserve> = parsedText('Write a size or a part of the disk, for example 1GiB or 5%.', (given) => {
  const percent = /^([0-9]{1,2}(?:\.[0-9]+)?) *%$/.exec(given.trim())?.[1];
  if (percent !== undefined) return { percent: Number(percent) };
  const bytes = bytesOf(given);
  return bytes === undefined ? undefined : { bytes };
});

function bytesOf(given: string): number | undefined {
  const [, number = '', unit = ''] = SIZE.exec(given.trim()) ?? [];
  const bytes = Math.round(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  return number === '' || !Number.isSafeInteger(bytes) ? undefined : bytes;
}
