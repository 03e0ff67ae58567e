export type Program = 'commands' | 'control' | 'data';

/** `dist/<program>.json`. */
export interface CompiledManifest {
  readonly format: number;
  /** In dist. */
  readonly folder: string;
  /** Path below the repository, stamp, SHA-256. */
  readonly inputs: readonly (readonly [string, string, string])[];
  /** Name in the folder, SHA-256. */
  readonly outputs: readonly (readonly [string, string])[];
}

export const COMPILED_FORMAT: number;
export const PROGRAMS: readonly Program[];
export function manifestPath(repository: string, program: Program): string;
export function stampOf(facts: { readonly size: number; readonly mtimeMs: number; readonly ctimeMs: number }): string;
export function digestOf(bytes: Uint8Array | string): string;
export function findCompiled(repository: string, program: Program): string | undefined;
export function compileWhenNeeded<Name extends Program>(
  repository: string,
  programs: readonly Name[],
  node: string,
  onStart: () => void,
): Promise<{ readonly folders: ReadonlyMap<Name, string | undefined>; readonly failure: string | undefined }>;
