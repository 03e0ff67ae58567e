/** Bytes of one part of a path, with room for what is put behind it. */
const PART_BYTES = 200;
/** Devices of Windows, whatever ends their name. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const NOT_IN_NAMES = /[\u0000-\u001f\u007f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Under which path, in the folder that somebody chose, a document is written: its own name with what no file
 * system or another one than this takes, or what leads out of the folder, replaced.
 *
 * @param name of a document: with `/` between folders.
 * @param taken paths that are written already, as this function has them; this one is added.
 * @returns with `/` between folders; with a number where the name is taken, without regard to case.
 */
export function pathFor(name: string, taken: Set<string>): string {
  const parts = name.split(/[/\\]/).filter((part) => !/^\.{0,2}$/.test(part.trim()));
  const safe = parts.map(partFor);
  const last = safe.pop() ?? 'document';
  for (let number = 1; ; number++) {
    const path = [...safe, number === 1 ? last : numbered(last, number)].join('/');
    const key = path.normalize('NFC').toLowerCase();
    if (taken.has(key)) continue;
    taken.add(key);
    return path;
  }
}

function partFor(part: string): string {
  const plain =
    part
      .normalize('NFC')
      .replace(NOT_IN_NAMES, '_')
      .replace(/[. ]+$/, '') || '_';
  return cut(RESERVED.test(plain) ? `_${plain}` : plain);
}

/** What is too long keeps its end, which says what the document is. */
function cut(part: string): string {
  if (Buffer.byteLength(part) <= PART_BYTES) return part;
  const end = /\.[^.]{1,16}$/.exec(part)?.[0] ?? '';
  let stem = '';
  for (const { segment } of new Intl.Segmenter('en').segment(part.slice(0, part.length - end.length))) {
    if (Buffer.byteLength(stem + segment + end) > PART_BYTES) break;
    stem += segment;
  }
  return stem + end;
}

function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}
