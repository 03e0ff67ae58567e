import { CORE_BYTES } from './cores.ts';
import { createKeyFilter, type Filter, type Key, uint32OfForm } from './filter.ts';
import { type Form, SHORTEST_FORM_BYTES } from './forms.ts';
import { type Branch, branchOf, createTree, enterString, leaveString } from './tree.ts';

/** Forms by their bytes, from the first on. */
export interface Forms {
  readonly size: number;
  readonly root: Branch;
}

/** All forms that are looked for. They come and go with their values, at the cost of their own bytes. */
export interface PatternIndex {
  readonly all: Forms;
  /** By which most of them are found. */
  readonly cores: {
    readonly size: number;
    readonly filter: Filter;
    /** What stands before each core, and the core, backwards. */
    readonly before: Branch;
  };
  /**
   * Those that have no core: they are looked for at every place where the filter does not say that none
   * begins.
   */
  readonly coreless: Forms & { readonly filter: Filter };
  add(forms: readonly Form[]): void;
  /** Those that were added. */
  remove(forms: readonly Form[]): void;
}

/**
 * Empty, and small: a use makes one of its own.
 *
 * @throws nothing by itself: `add` throws a RangeError for a form of under 8 bytes.
 */
export function createPatternIndex(): PatternIndex {
  const all = createTree();
  const before = createTree();
  const coreless = createTree();
  const cores = createKeyFilter();
  const beginnings = createKeyFilter();
  const keys = new Map<Form, Key>();
  let size = 0;
  let corelessSize = 0;

  return {
    all: {
      get size() {
        return size;
      },
      root: all,
    },
    cores: {
      get size() {
        return size - corelessSize;
      },
      get filter() {
        return cores.filter;
      },
      before,
    },
    coreless: {
      get size() {
        return corelessSize;
      },
      get filter() {
        return beginnings.filter;
      },
      root: coreless,
    },
    add(forms) {
      for (const form of forms) {
        if (form.head.length < SHORTEST_FORM_BYTES) throw new RangeError(`A form has at least ${SHORTEST_FORM_BYTES} bytes.`);
        size += 1;
        enter(all, form);
        if (form.core !== undefined) {
          enterString(before, backwards(form));
          cores.add(form.core);
          continue;
        }
        corelessSize += 1;
        enter(coreless, form);
        const key = { four: uint32OfForm(form.head, 0), next: uint32OfForm(form.head, CORE_BYTES) };
        keys.set(form, key);
        beginnings.add(key);
      }
    },
    remove(forms) {
      for (const form of forms) {
        size -= 1;
        leave(all, form);
        if (form.core !== undefined) {
          leaveString(before, backwards(form));
          cores.remove(form.core);
          continue;
        }
        corelessSize -= 1;
        leave(coreless, form);
        const key = keys.get(form);
        keys.delete(form);
        if (key !== undefined) beginnings.remove(key);
      }
    },
  };
}

/** From the end of its core to its beginning. */
function backwards({ head, core }: Form): string {
  return Buffer.from(head.slice(0, (core?.offset ?? 0) + CORE_BYTES), 'latin1')
    .reverse()
    .toString('latin1');
}

function enter(root: Branch, form: Form): void {
  const branch = enterString(root, form.head);
  if (form.wholes === undefined) return;
  branch.later ??= new Set();
  branch.later.add(form.wholes);
}

function leave(root: Branch, form: Form): void {
  // Its wholes are there if a text came so far.
  if (form.wholes !== undefined && branchOf(root, form.head)?.later?.delete(form.wholes) !== true) {
    for (const whole of form.wholes()) leaveString(root, whole);
  }
  leaveString(root, form.head);
}
