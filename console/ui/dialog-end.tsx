import { Button, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ShownProblem } from '../api/problem.ts';
import { FormProblem } from './error-state.tsx';
import { FormFooter } from './form-footer.tsx';

interface DialogEndProps extends Pick<ButtonProps, 'color' | 'disabled' | 'loading'> {
  problem: ShownProblem | undefined;
  close: () => void;
  /** What the form is for, on its button. */
  children: ReactNode;
}

/** The end of a dialog's form: what went wrong, the way out, and what the form is for. */
export function DialogEnd({ problem, close, children, ...submit }: DialogEndProps) {
  return (
    <>
      <FormProblem problem={problem} />
      <FormFooter>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" {...submit}>
          {children}
        </Button>
      </FormFooter>
    </>
  );
}
