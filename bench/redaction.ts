import { randomBytes } from 'node:crypto';
import { createValueRedactor } from '@holdfast/redaction';
import { redactionFloor } from './floors/redaction.ts';
import { type Comparison, medianPace, type Pace } from './measure.ts';

const PIECE_BYTES = 65_536;
const ROUNDS = 5;

const BEGINNING = 'DefaultEndpointsProtocol=https;AccountName=account';

/**
 * A log as services write it; the same once more as a text in JSON, where every quote is escaped, in a URL
 * and in HTML; a log whose every line names what all values begin with; and lines of nothing but that, whole
 * and cut.
 */
const TEXTS: readonly { what: string; megabytes: number; write: (line: string) => string }[] = [
  { what: 'a log', megabytes: 100, write: (line) => line },
  { what: 'JSON in JSON', megabytes: 5, write: (line) => `${JSON.stringify(JSON.stringify(line))}\n` },
  { what: 'a log in a URL', megabytes: 5, write: (line) => `${encodeURIComponent(line)}\n` },
  { what: 'a log in HTML', megabytes: 5, write: (line) => line.replaceAll('"', '&#34;') },
  {
    what: 'a log that begins all values',
    megabytes: 5,
    write: (line) => `${line.slice(0, 60)} ${BEGINNING} was not found\n`,
  },
  { what: 'lines of beginnings', megabytes: 5, write: () => `${BEGINNING}\n` },
  { what: 'lines of cut beginnings', megabytes: 5, write: () => `${BEGINNING.replace(/.{10}/g, '$&\n')}\n` },
];

/**
 * 100 MB in pieces of 64 KiB through the redactor of a stream, with so many connection strings live. A call
 * is one megabyte (10⁶ bytes), and its time is the processor's: what else the machine does counts less. The
 * text holds none of the values, as most texts do not.
 */
export async function measureRedaction(): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { what, megabytes, write } of TEXTS) {
    const pieces = piecesOf(write);
    for (const count of [1, 100, 1_000]) {
      const values = Array.from({ length: count }, connectionString);
      const redactor = createValueRedactor();
      for (const value of values) redactor.protect(value);
      const floor = redactionFloor(values[0] ?? '');
      const rounds = Array.from({ length: ROUNDS }, () => {
        const stream = redactor.redactStream();
        const pace = through(pieces, megabytes, (piece) => stream.push(piece));
        stream.flush();
        return { pace, floor: through(pieces, megabytes, floor) };
      });
      comparisons.push({
        what: `${what} through the redactor, MB with ${count.toLocaleString('en')} ${count === 1 ? 'value' : 'values'}`,
        pace: medianPace(rounds.map(({ pace }) => pace)),
        floorWhat: 'Buffer.indexOf of one value, copy',
        floor: medianPace(rounds.map(({ floor: pace }) => pace)),
      });
    }
  }
  return comparisons;
}

function connectionString(): string {
  const account = `account${randomBytes(4).toString('hex')}`;
  return `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${randomBytes(64).toString('base64')};EndpointSuffix=core.windows.net`;
}

/** About one megabyte in pieces, of different lines. */
function piecesOf(write: (line: string) => string): Buffer[] {
  const lines: string[] = [];
  for (let bytes = 0, line = 0; bytes < 1_000_000; line += 1) {
    const text = write(
      `${JSON.stringify({
        level: 30,
        time: new Date(1_780_000_000_000 + line * 137).toISOString(),
        name: 'data',
        msg: 'item published',
        run: `0198c0de-${(line % 65_536).toString(16).padStart(4, '0')}-7000-8000-0123456789ab`,
        url: `https://acmearchive.blob.core.windows.net/incoming/invoice-${line}.pdf?timeout=30&comp=block`,
        ms: (line * 31) % 997,
      })}\n`,
    );
    lines.push(text);
    bytes += text.length;
  }
  const whole = Buffer.from(lines.join(''));
  return Array.from({ length: Math.ceil(whole.length / PIECE_BYTES) }, (_, place) =>
    whole.subarray(place * PIECE_BYTES, (place + 1) * PIECE_BYTES),
  );
}

function through(pieces: readonly Buffer[], most: number, take: (piece: Buffer) => Uint8Array): Pace {
  const megabytes = pieces.reduce((bytes, piece) => bytes + piece.length, 0) / 1e6;
  const times: number[] = [];
  let passed = 0;
  for (let call = 0; call < most / megabytes; call += 1) {
    const began = process.cpuUsage();
    for (const piece of pieces) passed += take(piece).length;
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1_000 / megabytes);
  }
  if (passed === 0) throw new Error('Nothing came through.');
  const total = times.reduce((sum, time) => sum + time, 0);
  times.sort((a, b) => a - b);
  return {
    perSecond: (times.length / total) * 1000,
    medianMilliseconds: times[Math.floor(times.length / 2)] ?? 0,
    p99Milliseconds: times.at(-1) ?? 0,
    calls: times.length,
  };
}
