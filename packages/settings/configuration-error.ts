/**
 * A setting is wrong: the process does not start. `detail` names the variable and the rule, never its
 * contents; the message is both, for a log.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly detail: string;
  readonly remedy: string;

  constructor(detail: string, remedy: string) {
    super(`${detail} ${remedy}`);
    this.detail = detail;
    this.remedy = remedy;
  }
}
