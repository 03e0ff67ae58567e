import { type CommandError, usageError } from './report.ts';

/** Of a command that sends a password or token to an address that it is given. */
export const INSECURE_HTTP_OPTION = [
  '--insecure-http',
  'send the password or token unencrypted to another machine, where nobody else is on the network',
] as const;

/** Before anything is sent. */
export function unencrypted(url: string): CommandError {
  return usageError(
    `${url} is not encrypted: others on the way could read what is sent there. Nothing was.`,
    'Use an address that begins with https, or add --insecure-http where nobody else is on the network.',
  );
}
