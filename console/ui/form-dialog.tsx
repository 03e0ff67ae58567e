import { Modal, type ModalProps } from '@mantine/core';
import { createContext, type ReactNode, useContext, useLayoutEffect, useState } from 'react';
import { LeaveQuestion, useUnsavedWarning } from './unsaved-warning.tsx';

/** What is asked, when it is something else than unsaved input that would be lost. */
export interface LossQuestion {
  title: string;
  text: string;
  leave: string;
}

type Report = (filled: boolean | LossQuestion) => void;
const FormDialogContext = createContext<Report | undefined>(undefined);

interface FormDialogProps {
  opened: boolean;
  close: () => void;
  title: string;
  size?: ModalProps['size'];
  /** What its own buttons close it with: after saving, or by Cancel. That does not ask. */
  children: (close: () => void) => ReactNode;
}

/**
 * A dialog with a form. Esc, a click beside it, its cross, a link and the browser's way back close it at once
 * while nothing is entered, and ask first when something is: the form says so with {@link useFilled}.
 */
export function FormDialog({ opened, close, title, size, children }: FormDialogProps) {
  const [filled, setFilled] = useState<boolean | LossQuestion>(false);
  const [asking, setAsking] = useState(false);
  const warning = useUnsavedWarning(opened && filled !== false);
  function closeNow() {
    setAsking(false);
    setFilled(false);
    warning.allow();
    close();
  }
  return (
    <>
      <Modal
        opened={opened}
        onClose={() => {
          if (filled === false) closeNow();
          // Once the key that asked to close is dealt with: it would close the question too.
          else setTimeout(() => setAsking(true));
        }}
        title={title}
        // The question above it is answered first.
        closeOnEscape={!asking}
        closeOnClickOutside={!asking}
        trapFocus={!asking}
        {...(size === undefined ? {} : { size })}
      >
        <FormDialogContext value={setFilled}>{children(closeNow)}</FormDialogContext>
      </Modal>
      <LeaveQuestion
        question={typeof filled === 'object' ? filled : undefined}
        opened={opened && asking}
        stay={() => setAsking(false)}
        leave={closeNow}
      />
      {warning.dialog}
    </>
  );
}

/**
 * Tells the dialog around a form whether something is entered that would be lost. Outside of a dialog it does
 * nothing.
 */
export function useFilled(filled: boolean | LossQuestion): void {
  const report = useContext(FormDialogContext);
  useLayoutEffect(() => {
    report?.(filled);
    return () => report?.(false);
  }, [report, filled]);
}

export function useIsInFormDialog(): boolean {
  return useContext(FormDialogContext) !== undefined;
}
