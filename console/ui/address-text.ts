import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';

/**
 * The text of a field whose words stand in the address of the page. They get there once typing pauses; when
 * the address changes by other means, such as a link, the field shows what it says then.
 */
export function useAddressText(
  inAddress: string | undefined,
  write: (words: string | undefined) => void,
  pauseMilliseconds: number,
): readonly [text: string, type: (text: string) => void] {
  const [text, setText] = useState(inAddress ?? '');
  const written = useRef(inAddress);
  const writeLater = useDebouncedCallback((typed: string) => {
    written.current = typed.trim() || undefined;
    write(written.current);
  }, pauseMilliseconds);
  useEffect(() => {
    if (inAddress === written.current) return;
    written.current = inAddress;
    setText(inAddress ?? '');
  }, [inAddress]);
  return [
    text,
    (typed) => {
      setText(typed);
      writeLater(typed);
    },
  ];
}
