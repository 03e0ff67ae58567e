import { type RefObject, useEffect, useRef, useState } from 'react';

/** Calling `look` puts the focus on the first field of the form that is faulty, once its fault is shown. */
export function useFocusOnFault(): { form: RefObject<HTMLFormElement | null>; look: () => void } {
  const form = useRef<HTMLFormElement>(null);
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    if (looks === 0) return;
    // Where a file is held in place of a text area, that has the fault, and the field is hidden.
    const faulty = form.current?.querySelectorAll<HTMLElement>('[aria-invalid="true"], [data-faulty]') ?? [];
    [...faulty].find((field) => field.checkVisibility())?.focus();
  }, [looks]);
  return { form, look: () => setLooks((count) => count + 1) };
}
