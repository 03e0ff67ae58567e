import { Button, Group, Modal, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useRef } from 'react';

/** Asks before unsaved changes are left behind. `allow` lets the next step through, after saving or deleting. */
export function useUnsavedWarning(dirty: boolean): { allow: () => void; dialog: ReactNode } {
  const allowed = useRef(false);
  const blocker = useBlocker({
    shouldBlockFn: () => dirty && !allowed.current,
    enableBeforeUnload: () => dirty && !allowed.current,
    withResolver: true,
  });
  const blocked = blocker.status === 'blocked';
  return {
    allow: () => {
      allowed.current = true;
      setTimeout(() => {
        allowed.current = false;
      });
    },
    dialog: (
      <Modal opened={blocked} onClose={() => blocker.reset?.()} title="Leave without saving?">
        <Text size="sm">What you changed on this page is not saved.</Text>
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
            Stay
          </Button>
          <Button color="red.7" onClick={() => blocker.proceed?.()}>
            Leave
          </Button>
        </Group>
      </Modal>
    ),
  };
}
