/**
 * A text that this process sends so often is prepared on the connections that send it: parsed once, and soon
 * planned once.
 */
const PREPARED_AFTER = 5;
/** What a server process keeps of one plan is up to 100 KiB, so only so many texts are prepared. */
const MAXIMUM_PREPARED = 150;
/**
 * Texts that are counted; then counting begins again, so that texts which are all different take no memory.
 */
const MAXIMUM_COUNTED = 1_000;

const names = new Map<string, string>();
const counts = new Map<string, number>();

/**
 * The name under which a statement is prepared, or `undefined` while it is to be sent as it is. Names are
 * those of a session, so one table serves every connection of the process.
 */
export function preparedName(text: string): string | undefined {
  const name = names.get(text);
  if (name !== undefined || names.size >= MAXIMUM_PREPARED) return name;
  const count = (counts.get(text) ?? 0) + 1;
  if (count <= PREPARED_AFTER) {
    if (counts.size >= MAXIMUM_COUNTED) counts.clear();
    counts.set(text, count);
    return undefined;
  }
  counts.delete(text);
  const given = `holdfast_${names.size}`;
  names.set(text, given);
  return given;
}
