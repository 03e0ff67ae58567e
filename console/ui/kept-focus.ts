/**
 * Who uses the keyboard keeps a place. When the element that has the focus is taken off the page (a
 * removed row, a button that makes way for fields), the focus goes to what stands where it stood, else to
 * what is near; after a dialog, to where the dialog was opened. A button that is disabled while it is at
 * work has the focus again afterwards, and so has a field of a form that takes nothing meanwhile. Without
 * this it falls to the page as a whole, where no key does anything and a screen reader begins at the top.
 *
 * Who points and taps is left alone: focus in a field opens the keyboard of a phone.
 */
export function keepFocus(): void {
  let byKeyboard = false;
  let last: readonly Place[] = [];
  /** The same, in front of which a dialog may be open. */
  let ofPage: readonly Place[] = [];
  document.addEventListener('keydown', () => (byKeyboard = true), true);
  document.addEventListener('pointerdown', () => (byKeyboard = false), true);
  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof Element)) return;
    last = pathOf(target);
    if (target.closest('#root') !== null) ofPage = last;
  });
  const isLost = () => byKeyboard && document.activeElement === document.body;
  const find = () => {
    const focused = last[0]?.element;
    if (!isLost() || focused === undefined || focused.matches(UNREACHABLE)) return;
    (nearest(last) ?? nearest(ofPage))?.focus();
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  // What is taken away does not say so itself in every browser.
  new MutationObserver(() => {
    if (!isLost() || last.length === 0) return;
    clearTimeout(timer);
    // After what is shown in its place has taken the focus by itself, as a dialog or a new page does.
    timer = setTimeout(find, SETTLED_MILLISECONDS);
  }).observe(document, { childList: true, subtree: true, attributeFilter: ['disabled', 'inert'] });
}

const SETTLED_MILLISECONDS = 50;
const UNREACHABLE = ':disabled, [inert], [inert] *';
const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** An element, and which child of its parent it is, from 0. */
interface Place {
  readonly element: Element;
  readonly parent: Element;
  readonly index: number;
}

/** From the element outwards. */
function pathOf(target: Element): Place[] {
  const path: Place[] = [];
  for (let element = target, parent = element.parentElement; parent !== null && element !== document.body; parent = parent.parentElement) {
    path.push({ element, parent, index: [...parent.children].indexOf(element) });
    element = parent;
  }
  return path;
}

/** What stands there now; `undefined` when all of it went, as a dialog does. */
function nearest(path: readonly Place[]): HTMLElement | undefined {
  for (const { element, parent, index } of path) {
    if (parent === document.body) return undefined;
    if (!parent.isConnected) continue;
    if (element.isConnected) {
      const [same] = focusableIn(element);
      if (same !== undefined) return same;
    }
    const children = [...parent.children];
    const found = children.slice(index).flatMap(focusableIn)[0] ?? children.slice(0, index).flatMap(focusableIn).at(-1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function focusableIn(element: Element): HTMLElement[] {
  const all = [...(element.matches(FOCUSABLE) ? [element] : []), ...element.querySelectorAll(FOCUSABLE)] as HTMLElement[];
  return all.filter((each) => each.tabIndex >= 0 && !each.matches(UNREACHABLE) && each.checkVisibility({ visibilityProperty: true }));
}
