import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogTree, leafHash, nodeHash, TILE_WIDTH, type Tile } from './log-tree.ts';
import { naiveRoot } from './testing/naive-tree.ts';

const leaves = Array.from({ length: 1_100 }, (_, number) => leafHash(Buffer.from(`leaf ${number}`)));

function grown(size: number): { tree: LogTree; tiles: Tile[] } {
  const tree = new LogTree();
  return { tree, tiles: leaves.slice(0, size).flatMap((leaf) => tree.append(leaf)) };
}

test('the roots are those of the test vectors of Certificate Transparency', () => {
  // From certificate-transparency's merkle_tree_test: eight inputs, and the root after each.
  const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];
  const tree = new LogTree();
  assert.equal(tree.root().toString('hex'), roots[0]);
  for (const [position, input] of inputs.entries()) {
    tree.append(leafHash(Buffer.from(input, 'hex')));
    assert.equal(tree.root().toString('hex'), roots[position + 1], `${position + 1} leaves`);
  }
});

test('at every size the root is that of the definition, word for word', () => {
  const tree = new LogTree();
  for (const [index, leaf] of leaves.entries()) {
    tree.append(leaf);
    if (tree.size < 70 || tree.size % 97 === 0 || Math.abs((tree.size % TILE_WIDTH) - 1) <= 2) {
      assert.deepEqual(tree.root(), naiveRoot(leaves.slice(0, index + 1)), `${tree.size} leaves`);
    }
  }
});

test('a tile is filled by every 256th hash of its level, and holds them', () => {
  const { tiles } = grown(1_100);
  assert.deepEqual(
    tiles.map(({ level, index }) => [level, index]),
    [0, 1, 2, 3].map((index) => [0, index]),
  );
  for (const { index, hashes } of tiles) {
    assert.deepEqual(hashes, Buffer.concat(leaves.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH)));
  }
});

test('the 65,536th leaf fills a tile of the second level, made of the roots below', () => {
  const tree = new LogTree();
  const leaf = leafHash(Buffer.from('the same'));
  let filled: Tile[] = [];
  for (let count = 0; count < 65_536; count++) filled = tree.append(leaf);
  let below: Buffer = leaf;
  for (let height = 0; height < 8; height++) below = nodeHash(below, below);
  assert.deepEqual(
    filled.map(({ level, index }) => [level, index]),
    [
      [0, 255],
      [1, 0],
    ],
  );
  assert.deepEqual(filled[1]?.hashes, Buffer.concat(Array.from({ length: 256 }, () => below)));
});

test('a tree that is restored from its levels goes on as the one that they were taken of', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 800 }), fc.integer({ min: 0, max: 300 }), (size, more) => {
      const { tree } = grown(size);
      const restored = LogTree.restore(size, tree.levels());
      for (const leaf of leaves.slice(size, size + more)) assert.deepEqual(restored.append(leaf), tree.append(leaf));
      assert.deepEqual([restored.size, restored.root()], [tree.size, tree.root()]);
    }),
    { numRuns: 50 },
  );
});

test('levels of another size are refused', () => {
  const levels = grown(600).tree.levels();
  for (const size of [599, 601, 600 + TILE_WIDTH, 600 + 65_536, 88]) {
    assert.throws(() => LogTree.restore(size, levels), RangeError, `${size}`);
  }
  assert.throws(() => LogTree.restore(600, levels.slice(0, 1)), RangeError);
  assert.throws(() => new LogTree().append(Buffer.alloc(31)), RangeError);
});

test('a leaf and a node never share a hash, whatever is in them', () => {
  const [left, right] = [leaves[0], leaves[1]];
  assert.ok(left && right);
  assert.notDeepEqual(leafHash(Buffer.concat([left, right])), nodeHash(left, right));
  assert.deepEqual(leafHash(Buffer.from('x')), createHash('sha256').update('\0x').digest());
});
