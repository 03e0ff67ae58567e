import { decodeText } from '@holdfast/envelope';
import { type ClipboardEvent, type DragEvent, type RefObject, useCallback, useMemo, useRef, useState } from 'react';

/** Larger than any .env file that makes sense; more is not read into the page. */
const FILE_MAXIMUM_BYTES = 16 * 1024 * 1024;

/**
 * The text of a text area, character for character. A browser changes line ends in one (CRLF becomes LF);
 * text that it would change, pasted or from a file, is held beside it. Neither is in any state: only where
 * the held text is from.
 */
export function useKeptText(field: RefObject<HTMLTextAreaElement | null>, changed: () => void) {
  const held = useRef<string>(undefined);
  const lastFile = useRef<File>(undefined);
  const reading = useRef<Promise<void>>(undefined);
  const refused = useRef(false);
  const [source, setSource] = useState<string>();
  const [refusal, setRefusal] = useState<string>();

  const refuse = useCallback((words: string | undefined) => {
    refused.current = words !== undefined;
    setRefusal(words);
  }, []);

  const read = useCallback(() => held.current ?? field.current?.value ?? '', [field]);

  const write = useCallback(
    (text: string, from: string) => {
      refuse(undefined);
      held.current = undefined;
      if (field.current === null) return;
      field.current.value = text;
      const kept = field.current.value === text;
      if (!kept) field.current.value = '';
      held.current = kept ? undefined : text;
      setSource(kept ? undefined : from);
    },
    [field, refuse],
  );

  const clear = useCallback(() => write('', ''), [write]);

  return useMemo(() => {
    async function readFile(file: File): Promise<void> {
      const { text, refusal } = await textOf(file);
      // Only the file that was given last counts, however long one before it took.
      if (lastFile.current !== file) return reading.current;
      if (refusal !== undefined) return refuse(refusal);
      write(text, file.name);
      changed();
    }
    function takeFile(file: File | null | undefined) {
      if (file === null || file === undefined) return;
      lastFile.current = file;
      reading.current = readFile(file);
    }
    return {
      /** What is held in place of the text area's text: the name of a file, or that it was pasted. */
      source,
      /** Why the file that was given last was not taken. It stands until the text changes. */
      refusal,
      read,
      /**
       * Once a file that was given is taken or refused. `false` when it was refused: the text is then not the
       * one that was meant.
       */
      settled: async () => {
        await reading.current;
        return !refused.current;
      },
      /** Replaces the text. */
      change: (text: string) => {
        write(text, source ?? 'The text');
        changed();
      },
      clear,
      takeFile,
      onInput: () => {
        refuse(undefined);
        changed();
      },
      onPaste: (event: ClipboardEvent<HTMLTextAreaElement>) => {
        const pasted = event.clipboardData.getData('text/plain');
        if (!pasted.includes('\r')) return;
        event.preventDefault();
        const { value, selectionStart, selectionEnd } = event.currentTarget;
        write(value.slice(0, selectionStart) + pasted + value.slice(selectionEnd), 'Pasted text');
        changed();
      },
      onDrop: (event: DragEvent) => {
        const [file] = event.dataTransfer.files;
        if (file === undefined) return;
        event.preventDefault();
        takeFile(file);
      },
      onDragOver: (event: DragEvent) => {
        if (event.dataTransfer.types.includes('Files')) event.preventDefault();
      },
    };
  }, [source, refusal, read, refuse, write, clear, changed]);
}

/** The text of a file, or why it has none that can be taken. */
async function textOf(file: File): Promise<{ text: string; refusal?: undefined } | { text?: undefined; refusal: string }> {
  if (file.size > FILE_MAXIMUM_BYTES) return { refusal: `${file.name} is larger than 16 MiB.` };
  const bytes = await file.arrayBuffer().catch(() => undefined);
  if (bytes === undefined) return { refusal: `${file.name} could not be read. Choose it again.` };
  const decoded = decodeText(new Uint8Array(bytes));
  if (decoded.refusal !== undefined) return { refusal: `${file.name} cannot be taken. ${decoded.refusal}` };
  return decoded.text === '' ? { refusal: `${file.name} is empty.` } : { text: decoded.text };
}

export type KeptText = ReturnType<typeof useKeptText>;
