/** A file is not an export, or ends in the middle of a line. `line` counts from 1. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
  readonly code = 'export_malformed';
  readonly line: number;

  constructor(line: number, what: string) {
    super(`Line ${line} of the export ${what}.`);
    this.line = line;
  }
}
