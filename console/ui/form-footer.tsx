import type { ReactNode } from 'react';
import { useIsInFormDialog } from './form-dialog.tsx';
import classes from './form-footer.module.css';

interface FormFooterProps {
  /** Left of the others: what is neither the end of the form nor the way out of it. */
  beside?: ReactNode;
  /** The way out first, then what the form is for. */
  children: ReactNode;
}

/**
 * The buttons of a form, together and in view wherever the form is scrolled to. The last child of its form.
 */
export function FormFooter({ beside, children }: FormFooterProps) {
  return (
    <div className={classes.footer} data-in-dialog={useIsInFormDialog()} data-form-footer>
      {beside === undefined || beside === null ? null : <div className={classes.beside}>{beside}</div>}
      {children}
    </div>
  );
}
