import { HoldfastError } from '@holdfast/api';

/**
 * Why a file of a folder is left out, by the error code of the system call that met it: POSIX.1-2024,
 * errno.h.
 */
const REASONS: Readonly<Record<string, readonly [detail: string, remedy: string]>> = {
  ENOENT: ['is not there any more', 'Start the run again if it should have been published.'],
  ESTALE: ['is not there any more', 'Start the run again if it should have been published.'],
  EACCES: ['may not be read by Holdfast', 'Let the account that the data plane runs as read it, and start the run again.'],
  EPERM: ['may not be read by Holdfast', 'Let the account that the data plane runs as read it, and start the run again.'],
  ELOOP: ['is a link', 'Put the document itself into the folder; links are not followed.'],
  ENXIO: ['is no regular file', 'Put only documents into the folder.'],
};

/**
 * A file of a folder is left out; the others are published. The path on the server is not shown to members.
 */
export function leftOut(name: string, cause: unknown): HoldfastError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown';
  const [detail, remedy] = REASONS[code] ?? [`cannot be read (${code})`, 'Look at the folder on the server, and start the run again.'];
  return new HoldfastError('source_unavailable', `“${name}” ${detail}.`, { remedy, cause });
}

export function isLeftOut(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && error.code === 'source_unavailable';
}
