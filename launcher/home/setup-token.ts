import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError } from '@holdfast/terminal/report';

/**
 * Reads the setup token from the control plane's folder. That plane could put a link there, or another name
 * of a file of somebody else: then root would print, or send to it, what it may not read itself.
 *
 * @throws CommandError when there is none, or it is no plain file of the folder's owner.
 */
export function readSetupToken(path: string): string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw missing(path, (error as NodeJS.ErrnoException).code ?? 'unreadable');
  }
  try {
    const facts = fstatSync(file);
    if (!facts.isFile() || facts.nlink !== 1 || facts.uid !== statSync(dirname(path)).uid) throw missing(path, 'not its own file');
    return readFileSync(file, 'utf8').trim();
  } finally {
    closeSync(file);
  }
}

function missing(path: string, reason: string): CommandError {
  return new CommandError(`There is no setup token in ${path} (${reason}).`, {
    code: 'setup_token_missing',
    remedy:
      'If this instance has an account already, log in. Otherwise start Holdfast first, and set HOLDFAST_HOME to the folder that it was started with.',
  });
}
