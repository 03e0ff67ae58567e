import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { writeNew } from './write-new.ts';

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}
const how = (size: number, force = false) => ({ force, size, signal: new AbortController().signal });

describe('a file that is downloaded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-download-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is there whole, in folders that are made for it', async () => {
    await writeNew(join(folder, 'x/y/a.txt'), pieces('one ', 'two'), how(7));
    assert.equal(readFileSync(join(folder, 'x/y/a.txt'), 'utf8'), 'one two');
    assert.deepEqual(readdirSync(join(folder, 'x/y')), ['a.txt']);
  });

  it('or not at all: when it ends early, breaks, or is stopped, no part of it is left', async () => {
    const path = join(folder, 'b.txt');
    await assert.rejects(writeNew(path, pieces('one'), how(7)), { code: 'not_written' });
    const broken = async function* () {
      yield Buffer.from('one');
      throw new Error('The connection ended.');
    };
    await assert.rejects(writeNew(path, broken(), how(7)), /could not be written \(The connection ended\.\)\. No part of it is left\./);
    const abort = new AbortController();
    const stopped = async function* () {
      yield Buffer.from('one');
      abort.abort();
      yield Buffer.from('two');
    };
    await assert.rejects(writeNew(path, stopped(), { ...how(6), signal: abort.signal }), { name: 'AbortError' });
    assert.deepEqual(readdirSync(folder), ['x']);
  });

  it('takes the place of another only by force, also of one that came meanwhile', async () => {
    const path = join(folder, 'c.txt');
    const meanwhile = async function* () {
      writeFileSync(path, 'theirs');
      yield Buffer.from('mine');
    };
    await assert.rejects(writeNew(path, meanwhile(), how(4)), { code: 'exists' });
    assert.equal(readFileSync(path, 'utf8'), 'theirs');
    await writeNew(path, pieces('mine'), how(4, true));
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    assert.deepEqual(readdirSync(folder).toSorted(), ['c.txt', 'x']);
  });
});
