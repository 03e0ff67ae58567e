import { ConnectorError } from './connector-error.ts';

/**
 * That an option cannot be used as it stands. What it says repeats nothing of the option.
 *
 * @param title of the option, as the form has it.
 * @param what goes on behind the title, without a full stop: `is not filled in`.
 * @param remedy without it, that of `option_invalid` is shown.
 */
export function invalidOption(title: string, what: string, remedy?: string): ConnectorError {
  return new ConnectorError('option_invalid', `The option “${title}” ${what}.`, remedy === undefined ? {} : { remedy });
}
