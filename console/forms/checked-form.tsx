import type { UseFormReturnType } from '@mantine/form';
import type { FocusEvent, ReactNode, RefObject } from 'react';
import { useFocusOnFault } from './focus-on-fault.ts';

interface CheckedFormProps<Values extends object> {
  form: UseFormReturnType<Values>;
  /**
   * Only what has no fault is submitted. A fault that the server finds is set by `form.setFieldError` before
   * it ends.
   */
  submit: (values: Values) => unknown;
  /** Gets the faults that kept it from being submitted, by field. */
  refused?: (errors: Record<string, unknown>) => void;
  /** For what submits it from inside, such as Ctrl+Enter in a field of several lines. */
  formRef?: RefObject<HTMLFormElement | null>;
  children: ReactNode;
}

/**
 * A form whose fields are checked as one leaves them, and all of them when it is submitted; then the first
 * faulty one has the focus. A field that is left empty is faulted only when the form is submitted: who passes
 * through a form has not made a mistake yet.
 */
export function CheckedForm<Values extends object>({ form, submit, refused, formRef, children }: CheckedFormProps<Values>) {
  const { form: element, look } = useFocusOnFault();

  function checkWhatIsLeft({ target, relatedTarget }: FocusEvent<HTMLFormElement>) {
    const path = target.dataset.path;
    // Words that appear above a button while it is pressed would move it away from the pointer.
    if (path === undefined || relatedTarget?.closest('button')) return;
    if (!isBlank(valueAt(form.getValues(), path))) form.validateField(path);
  }

  return (
    <form
      ref={(made) => {
        element.current = made;
        if (formRef !== undefined) formRef.current = made;
      }}
      noValidate
      autoComplete="off"
      onBlur={checkWhatIsLeft}
      onSubmit={form.onSubmit(
        async (values) => {
          await submit(values as Values);
          look();
        },
        (errors) => {
          refused?.(errors);
          look();
        },
      )}
    >
      {children}
    </form>
  );
}

function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

function isBlank(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (typeof value === 'string' && value.trim() === '') ||
    (Array.isArray(value) && value.length === 0)
  );
}
