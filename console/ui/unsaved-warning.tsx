import { Button, Group, Modal, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { holdUnsavedInput } from './unsaved-input.ts';

/**
 * Asks before what was entered is left behind: by a link, the browser's way back, or closing the tab. `allow`
 * lets the next step through, after saving or deleting.
 */
export function useUnsavedWarning(dirty: boolean, question?: LeaveQuestionProps['question']): { allow: () => void; dialog: ReactNode } {
  const allowed = useRef(false);
  useEffect(() => {
    if (dirty) return holdUnsavedInput();
    return undefined;
  }, [dirty]);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && !allowed.current && isAnotherForm(current, next),
    enableBeforeUnload: () => dirty && !allowed.current,
    withResolver: true,
  });
  return {
    allow: () => {
      allowed.current = true;
      setTimeout(() => {
        allowed.current = false;
      });
    },
    dialog: (
      <LeaveQuestion
        question={question}
        opened={blocker.status === 'blocked'}
        stay={() => blocker.reset?.()}
        leave={() => blocker.proceed?.()}
      />
    ),
  };
}

interface Place {
  pathname: string;
  search: object;
}

/** The type of a new component stands beside the path; what else stands there leaves the form as it is. */
function isAnotherForm(current: Place, next: Place): boolean {
  return current.pathname !== next.pathname || typeIn(current) !== typeIn(next);
}

function typeIn({ search }: Place): unknown {
  return 'type' in search ? search.type : undefined;
}

interface LeaveQuestionProps {
  question?: { title: string; text: ReactNode; leave: string } | undefined;
  opened: boolean;
  stay: () => void;
  leave: () => void;
}

/** Keeps a dialog below the question from taking the key that answers it. */
export const OWN_ESCAPE = { 'data-mantine-stop-propagation': 'true' } as const;

/** Staying has the focus, so that a key that was pressed once too often loses nothing. */
export function LeaveQuestion({ question = UNSAVED, opened, stay, leave }: LeaveQuestionProps) {
  return (
    <Modal
      opened={opened}
      onClose={stay}
      title={question.title}
      size="sm"
      withCloseButton={false}
      onKeyDown={({ key }) => {
        if (key === 'Escape') stay();
      }}
    >
      <Text size="sm">{question.text}</Text>
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={stay} data-autofocus {...OWN_ESCAPE}>
          Stay
        </Button>
        <Button color="red.7" onClick={leave} {...OWN_ESCAPE}>
          {question.leave}
        </Button>
      </Group>
    </Modal>
  );
}

const UNSAVED = { title: 'Leave without saving?', text: 'What you entered is not saved.', leave: 'Leave' };
