import { Button, Group, Modal, Text, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { problemOf, type ShownProblem } from '../api/problem.ts';
import { FormProblem } from './error-state.tsx';

interface ConfirmDialogProps {
  opened: boolean;
  close: () => void;
  title: string;
  /** What the confirming button says: the verb, not "OK". */
  confirmLabel: string;
  /** What the other button says, where “Cancel” could be taken for the verb. */
  cancelLabel?: string;
  children: ReactNode;
  /** The reader must type this before the button works. */
  typed?: string | undefined;
  /** Whether what was typed is it, where more than one spelling is; by default exactly. */
  matches?: (text: string) => boolean;
  /** Asks for it without showing it, when the reader must know it from elsewhere. */
  typedLabel?: string;
  danger?: boolean;
  /** The dialog stays open and shows the problem when it throws. */
  confirm: () => Promise<unknown>;
}

/** Asks before something that cannot be taken back. The focus returns to what opened it. */
export function ConfirmDialog({
  opened,
  close,
  title,
  confirmLabel,
  cancelLabel = 'Cancel',
  children,
  typed,
  typedLabel,
  matches = (text) => text === typed,
  danger = true,
  confirm,
}: ConfirmDialogProps) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ShownProblem>();
  useEffect(() => {
    if (opened) return;
    setText('');
    setProblem(undefined);
  }, [opened]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (typed !== undefined && !matches(text)) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await confirm();
      close();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  }

  /** What is under way ends first: its failure belongs to this question, and to none that is asked later. */
  const closeWhenIdle = () => {
    if (!busy) close();
  };
  return (
    <Modal opened={opened} onClose={closeWhenIdle} title={title}>
      <form onSubmit={submit}>
        {children}
        {typed === undefined ? null : (
          <TextInput
            mt="md"
            data-autofocus
            label={
              typedLabel ?? (
                <>
                  Type{' '}
                  <Text span className="mono">
                    {typed}
                  </Text>{' '}
                  to confirm
                </>
              )
            }
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
          />
        )}
        <FormProblem problem={problem} />
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button variant="default" onClick={close} disabled={busy}>
            {cancelLabel}
          </Button>
          <Button type="submit" color={danger ? 'red.7' : undefined} loading={busy} disabled={typed !== undefined && !matches(text)}>
            {confirmLabel}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
