/**
 * Copies a text that is still on its way; `false` when the browser does not let the page copy, as over plain
 * http. To be called in the press itself: Safari takes nothing that is handed over later, but a promise then.
 */
export async function copyText(text: Promise<string>): Promise<boolean> {
  const { clipboard } = navigator as Partial<Navigator>;
  if (clipboard === undefined) return false;
  try {
    if (typeof ClipboardItem === 'undefined') await clipboard.writeText(await text);
    else await clipboard.write([new ClipboardItem({ 'text/plain': text.then((words) => new Blob([words], { type: 'text/plain' })) })]);
    return true;
  } catch {
    return false;
  }
}

/** Has the browser save the text as a file. */
export function saveText(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
