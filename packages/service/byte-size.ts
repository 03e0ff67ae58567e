import { ConfigurationError } from '@holdfast/settings';

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 };
const SIZE = /^([0-9]+(?:\.[0-9]+)?) *([a-z]*)$/i;

/**
 * A setting that is a size, such as `10GiB`: a number with B, KiB, MiB, GiB or TiB, or of bytes.
 *
 * @param name - of the variable, for the error.
 * @throws ConfigurationError
 */
export function readByteSize(name: string, text: string): number {
  const [, number = '', unit = ''] = SIZE.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  const bytes = Math.round(Number(number) * (factor ?? Number.NaN));
  if (number === '' || !Number.isSafeInteger(bytes)) {
    throw new ConfigurationError(`${name} is “${text}”. Write a size, for example 10GiB or 500MiB.`);
  }
  return bytes;
}

/** What a disk keeps free: so many bytes, or a part of its size. */
export type DiskReserve = { readonly bytes: number } | { readonly percent: number };

/** The same for `1GiB` or `5%`; `0` keeps nothing free. Throws ConfigurationError. */
export function readDiskReserve(name: string, text: string): DiskReserve {
  const percent = /^([0-9]{1,2}(?:\.[0-9]+)?) *%$/.exec(text.trim())?.[1];
  return percent === undefined ? { bytes: readByteSize(name, text) } : { percent: Number(percent) };
}
