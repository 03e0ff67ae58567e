/**
 * A setting is wrong: the process does not start. The message names the variable, the rule and the remedy,
 * never its contents.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
