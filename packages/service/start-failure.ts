/**
 * Why a process could not start, for the line that it ends with. Node's permission model refuses a path
 * without naming it; a person who has to repair that needs the path.
 */
export function reasonOfStartFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, permission, resource } = error as { code?: unknown; permission?: unknown; resource?: unknown };
  if (code !== 'ERR_ACCESS_DENIED' || typeof resource !== 'string' || resource === '') return error.message;
  const verb = permission === 'FileSystemWrite' ? 'write to' : 'read';
  return `It may not ${verb} ${resource}. Check that this path is there, and that the settings name the right one.`;
}
