/** By the code of the operating system. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this account may not',
  EPERM: 'this account may not',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
};

/** `march.pdf cannot be read: there is no such file.` */
export function unreadable(path: string, error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return `${path} cannot be read${REASONS[code] === undefined ? ` (${code})` : `: ${REASONS[code]}`}.`;
}
