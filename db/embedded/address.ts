/** The role and the database of the embedded server. */
export const OWNER = 'holdfast_owner';
export const DATABASE = 'holdfast';

/** How the embedded server is reached: over its socket only. */
export function embeddedUrl(socketFolder: string, role: string, password: string, database = DATABASE): string {
  return `postgres://${role}:${encodeURIComponent(password)}@/${database}?host=${encodeURIComponent(socketFolder)}`;
}
