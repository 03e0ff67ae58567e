import { Modal, type ModalProps } from '@mantine/core';
import { createContext, type ReactNode, useContext, useLayoutEffect, useRef, useState } from 'react';
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
  /**
   * What its own buttons close it with: after saving, or by Cancel. That does not ask. Answers whether it
   * did: the answer to a form may come when it has been left, and then closes no dialog that is open by now.
   */
  children: (close: () => boolean) => ReactNode;
}

/**
 * A dialog with a form. Esc, a click beside it, its cross, a link and the browser's way back close it at once
 * while nothing is entered, and ask first when something is: the form says so with {@link useFilled}.
 */
export function FormDialog({ opened, close, title, size, children }: FormDialogProps) {
  const [filled, setFilled] = useState<boolean | LossQuestion>(false);
  const [asking, setAsking] = useState(false);
  const warning = useUnsavedWarning(opened && filled !== false);
  const { opening, hasEnded } = useOpening(opened);
  function closeNow(): boolean {
    if (hasEnded()) return false;
    setAsking(false);
    setFilled(false);
    warning.allow();
    close();
    return true;
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
        {/* Opened once more while the former form still fades out, it has a form of its own. */}
        <FormDialogContext key={opening} value={setFilled}>
          {children(closeNow)}
        </FormDialogContext>
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

/** Which opening this is, and whether it is past: closed since, or its page was left. */
function useOpening(opened: boolean): { opening: number; hasEnded: () => boolean } {
  const [{ opening, isOpen }, setOpening] = useState({ opening: 0, isOpen: opened });
  if (opened !== isOpen) setOpening({ opening: opened ? opening + 1 : opening, isOpen: opened });
  const current = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (!opened) return;
    current.current = opening;
    return () => {
      current.current = undefined;
    };
  }, [opened, opening]);
  return { opening, hasEnded: () => current.current !== opening };
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
