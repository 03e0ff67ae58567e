/**
 * What the record calls a consumer's own value, which has no name: by whose it is.
 *
 * @param owner the name of the component that it belongs to.
 */
export function ownValueName(owner: string): string {
  return `own value of ${owner}`;
}
