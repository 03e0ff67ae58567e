/**
 * Says in `--holdfast-keyboard` how many pixels of the page an on-screen keyboard covers. Most browsers
 * shrink the page instead (see `interactive-widget` in index.html), and it stays 0; Safari lays the keyboard
 * over it.
 */
export function watchKeyboard(): void {
  const { visualViewport } = window;
  if (visualViewport === null) return;
  const look = () => {
    // Who zooms in sees less of the page too, and has no keyboard open.
    const covered = visualViewport.scale > 1.01 ? 0 : window.innerHeight - visualViewport.height - visualViewport.offsetTop;
    document.documentElement.style.setProperty('--holdfast-keyboard', `${Math.max(0, Math.round(covered))}px`);
  };
  visualViewport.addEventListener('resize', look);
  visualViewport.addEventListener('scroll', look);
}
