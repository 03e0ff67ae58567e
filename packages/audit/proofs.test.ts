import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leafHash, nodeHash } from './log-tree.ts';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './proofs.ts';
import { tilesOf } from './testing/log.ts';
import { naiveConsistency, naiveInclusion, naiveRoot } from './testing/naive-tree.ts';

const LARGEST = 700;
const leaves = Array.from({ length: LARGEST }, (_, number) => leafHash(Buffer.from(`leaf ${number}`)));
const readTile = tilesOf(leaves);
const at = (index: number) => leaves[index] ?? Buffer.alloc(0);
const headOf = (size: number) => ({ size, root: naiveRoot(leaves.slice(0, size)) });

const sizeAndIndex = fc
  .integer({ min: 1, max: LARGEST })
  .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 })));
const twoSizes = fc.integer({ min: 1, max: LARGEST }).chain((second) => fc.tuple(fc.integer({ min: 1, max: second }), fc.constant(second)));

test('the proof that a leaf is in a tree is the one of the RFC, and verifies', async () => {
  await fc.assert(
    fc.asyncProperty(sizeAndIndex, async ([size, index]) => {
      const proof = await inclusionProof(index, size, readTile);
      assert.deepEqual(proof, naiveInclusion(index, leaves.slice(0, size)));
      assert.ok(verifyInclusion(at(index), index, headOf(size), proof));
    }),
    { numRuns: 100 },
  );
});

test('the proof that a tree extends another is the one of the RFC, and verifies', async () => {
  await fc.assert(
    fc.asyncProperty(twoSizes, async ([first, second]) => {
      const proof = await consistencyProof(first, second, readTile);
      assert.deepEqual(proof, naiveConsistency(first, leaves.slice(0, second)));
      assert.ok(verifyConsistency(headOf(first), headOf(second), proof));
    }),
    { numRuns: 100 },
  );
});

test('all proofs of small trees are those of the RFC and verify', async () => {
  for (let size = 1; size <= 20; size++) {
    for (let index = 0; index < size; index++) {
      const proof = await inclusionProof(index, size, readTile);
      assert.deepEqual(proof, naiveInclusion(index, leaves.slice(0, size)));
      assert.ok(verifyInclusion(at(index), index, headOf(size), proof));
      const extension = await consistencyProof(index + 1, size, readTile);
      assert.deepEqual(extension, naiveConsistency(index + 1, leaves.slice(0, size)));
      assert.ok(verifyConsistency(headOf(index + 1), headOf(size), extension));
    }
  }
});

test('a proof of inclusion shows no other leaf, place, tree or root', async () => {
  await fc.assert(
    fc.asyncProperty(sizeAndIndex, fc.nat(), async ([size, index], pick) => {
      const proof = await inclusionProof(index, size, readTile);
      const head = headOf(size);
      const other = pick % size;
      if (other !== index) {
        assert.ok(!verifyInclusion(at(other), index, head, proof));
        assert.ok(!verifyInclusion(at(index), other, head, proof));
      }
      assert.ok(!verifyInclusion(at(index), index, { ...head, root: Buffer.alloc(32) }, proof));
      assert.ok(!verifyInclusion(at(index), index, head, [...proof, Buffer.alloc(32)]));
      assert.ok(!verifyInclusion(at(index), size, head, proof));
      for (const position of proof.keys()) {
        assert.ok(!verifyInclusion(at(index), index, head, proof.toSpliced(position, 1)));
        assert.ok(!verifyInclusion(at(index), index, head, proof.with(position, Buffer.alloc(32, 7))));
      }
    }),
    { numRuns: 50 },
  );
});

test('a proof of consistency shows no other tree', async () => {
  await fc.assert(
    fc.asyncProperty(twoSizes, async ([first, second]) => {
      fc.pre(first < second);
      const proof = await consistencyProof(first, second, readTile);
      const [one, two] = [headOf(first), headOf(second)];
      assert.ok(!verifyConsistency({ ...one, root: Buffer.alloc(32) }, two, proof));
      assert.ok(!verifyConsistency(one, { ...two, root: Buffer.alloc(32) }, proof));
      assert.ok(!verifyConsistency(two, one, proof));
      assert.ok(!verifyConsistency(one, two, [...proof, Buffer.alloc(32)]));
      for (const position of proof.keys()) {
        assert.ok(!verifyConsistency(one, two, proof.toSpliced(position, 1)));
        assert.ok(!verifyConsistency(one, two, proof.with(position, Buffer.alloc(32, 7))));
      }
    }),
    { numRuns: 50 },
  );
});

test('the empty tree and the tree itself need no proof, and take none', () => {
  const [empty, seven] = [headOf(0), headOf(7)];
  assert.ok(verifyConsistency(empty, seven, []));
  assert.ok(verifyConsistency(seven, seven, []));
  assert.ok(!verifyConsistency(empty, seven, [Buffer.alloc(32)]));
  assert.ok(!verifyConsistency(seven, seven, [Buffer.alloc(32)]));
  assert.ok(!verifyConsistency({ size: 0, root: Buffer.alloc(32) }, seven, []));
  assert.ok(!verifyConsistency(seven, { ...seven, root: Buffer.alloc(32) }, []));
});

test('sizes that are none, and hashes of another length, prove nothing', async () => {
  const proof = await consistencyProof(3, 7, readTile);
  for (const size of [-1, 1.5, Number.NaN, 2 ** 53]) {
    assert.ok(!verifyConsistency({ ...headOf(3), size }, headOf(7), proof), `${size}`);
    assert.ok(!verifyInclusion(at(2), size, headOf(7), []), `${size}`);
  }
  // Cut elsewhere, the two would be the same bytes.
  const [leaf, sibling] = [at(0), at(1)];
  const moved = Buffer.concat([leaf.subarray(31), sibling]);
  assert.ok(verifyInclusion(leaf, 0, headOf(2), [sibling]));
  assert.ok(!verifyInclusion(leaf.subarray(0, 31), 0, headOf(2), [moved]));
  const root = nodeHash(leaf, sibling);
  assert.ok(!verifyConsistency({ size: 1, root: leaf.subarray(0, 31) }, { size: 2, root }, [moved]));
});

test('proofs over more than 2^50 leaves are made without reading more than their path', async () => {
  const same = new Map<number, Buffer>();
  let hash: Buffer = at(0);
  for (let level = 0; level <= 6; level++) {
    same.set(level, hash);
    for (let height = 0; height < 8; height++) hash = nodeHash(hash, hash);
  }
  let read = 0;
  const huge = async (level: number) => {
    read++;
    return Buffer.concat(Array.from({ length: 256 }, () => same.get(level) ?? Buffer.alloc(0)));
  };
  const size = 2 ** 50 + 2 ** 49 + 1;
  const proof = await inclusionProof(0, size, huge);
  assert.equal(proof.length, 51);
  let perfect = at(0);
  for (let height = 0; height < 49; height++) perfect = nodeHash(perfect, perfect);
  assert.deepEqual(proof.at(-1), nodeHash(perfect, at(0)), 'the last hash is over 2^49 leaves and one');
  assert.ok(read <= 52, `${read}`);
});

test('what a tree does not have cannot be proven', async () => {
  await assert.rejects(inclusionProof(7, 7, readTile), RangeError);
  await assert.rejects(inclusionProof(-1, 7, readTile), RangeError);
  await assert.rejects(consistencyProof(8, 7, readTile), RangeError);
  await assert.rejects(
    inclusionProof(0, 7, async () => Buffer.alloc(32)),
    RangeError,
  );
});
