/**
 * Byte strings (one character a byte) that begin alike share a branch: following a text costs one step for
 * each of its bytes, and entering one more string no more than its own bytes, however many there are.
 */
export interface Branch {
  /** A string that passes here; all that do agree in its first `end` bytes. */
  bytes: string;
  /** So many bytes lead here; then the branch divides, or strings end. */
  end: number;
  /** Strings that end here. */
  ends: number;
  /** What goes on here, whole strings, and is only entered when a text comes so far. */
  later: Set<Later> | undefined;
  /** What follows, by the next byte. */
  below: Map<number, Branch> | undefined;
}

/** Makes strings whose first bytes alone are in a tree. */
export type Later = () => readonly string[];

/** The first branch of a tree without strings. */
export function createTree(): Branch {
  return newBranch('', 0);
}

/** Puts a string in; twice means that it is taken out twice. Its branch stays the same until then. */
export function enterString(root: Branch, bytes: string): Branch {
  let branch = root;
  while (branch.end < bytes.length) {
    const byte = bytes.charCodeAt(branch.end);
    branch.below ??= new Map();
    const next = branch.below.get(byte);
    if (next === undefined) {
      const leaf = newBranch(bytes, bytes.length);
      branch.below.set(byte, leaf);
      branch = leaf;
      break;
    }
    const agreed = agreement(bytes, next, branch.end + 1);
    if (agreed === next.end) {
      branch = next;
      continue;
    }
    const divided = newBranch(bytes, agreed);
    divided.below = new Map([[next.bytes.charCodeAt(agreed), next]]);
    branch.below.set(byte, divided);
    branch = divided;
  }
  branch.ends += 1;
  return branch;
}

/** Takes a string out that was put in, and the branches that no other needs. */
export function leaveString(root: Branch, bytes: string): void {
  const path = [root];
  let branch: Branch | undefined = root;
  while (branch !== undefined && branch.end < bytes.length) {
    branch = branch.below?.get(bytes.charCodeAt(branch.end));
    if (branch !== undefined) path.push(branch);
  }
  if (branch === undefined) return;
  branch.ends -= 1;
  for (let at = path.length - 1; at > 0; at -= 1) tidy(path[at] as Branch, path[at - 1] as Branch);
}

/**
 * Where one more byte leads from a branch of which `length` bytes are passed: further on in it, or to one
 * below; `undefined` where no string goes on so. What goes on `later` is not looked at.
 */
export function stepDown(branch: Branch, length: number, byte: number): Branch | undefined {
  if (length < branch.end) return branch.bytes.charCodeAt(length) === byte ? branch : undefined;
  return branch.below?.get(byte);
}

/** The branch of a string that was put in. */
export function branchOf(root: Branch, bytes: string): Branch | undefined {
  let branch: Branch | undefined = root;
  while (branch !== undefined && branch.end < bytes.length) branch = branch.below?.get(bytes.charCodeAt(branch.end));
  return branch;
}

/** A branch that leads nowhere goes, one that no longer divides is joined with what follows. */
function tidy(branch: Branch, above: Branch): void {
  const { below } = branch;
  const byte = branch.bytes.charCodeAt(above.end);
  const [next] = below?.values() ?? [];
  if (next === undefined) {
    branch.below = undefined;
    if (branch.ends === 0) above.below?.delete(byte);
    else branch.bytes = branch.bytes.slice(0, branch.end);
  } else if (branch.ends === 0 && below?.size === 1) {
    above.below?.set(byte, next);
  } else {
    branch.bytes = next.bytes;
  }
}

/** Enters what goes on at a branch, so that it can be followed. */
export function growLater(root: Branch, branch: Branch): void {
  const { later } = branch;
  branch.later = undefined;
  for (const wholes of later ?? []) for (const whole of wholes()) enterString(root, whole);
}

function newBranch(bytes: string, end: number): Branch {
  return { bytes, end, ends: 0, later: undefined, below: undefined };
}

/** How many bytes two agree in, of which one is a branch's. */
function agreement(bytes: string, branch: Branch, from: number): number {
  const most = Math.min(bytes.length, branch.end);
  let at = from;
  while (at < most && bytes.charCodeAt(at) === branch.bytes.charCodeAt(at)) at += 1;
  return at;
}
