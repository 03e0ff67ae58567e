import { Button, type ButtonProps } from '@mantine/core';
import { useState } from 'react';

interface ActButtonProps extends ButtonProps {
  /** What a press does. It says itself what came of it. */
  act: () => Promise<unknown>;
  'aria-label'?: string;
}

/** A button that is busy until what it began has ended, so that a second press does not begin it again. */
export function ActButton({ act, ...button }: ActButtonProps) {
  const [busy, setBusy] = useState(false);
  return (
    <Button
      {...button}
      loading={busy}
      onClick={() => {
        setBusy(true);
        void act().finally(() => setBusy(false));
      }}
    />
  );
}
