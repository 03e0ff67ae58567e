/**
 * Fields that the reader typed into or chose in. Those of a form that was left are no longer part of the
 * page.
 */
const edited = new Set<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>();

export function watchTyping(): void {
  document.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === 'search') return;
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
      edited.add(target);
  });
}

/** Whether a field on the page holds something that was typed and would be lost with the page. */
export function isAnythingTyped(): boolean {
  for (const field of edited) {
    if (!field.isConnected) edited.delete(field);
    else if (field.value !== '') return true;
  }
  return false;
}
