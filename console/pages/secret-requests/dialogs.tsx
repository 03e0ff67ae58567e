import type { ComponentProps } from 'react';
import { LazyDialog } from '../../ui/lazy-dialog.tsx';

const loadRequest = () => import('./request-secret-dialog.tsx').then((module) => module.RequestSecretDialog);
/** See request-secret-dialog.tsx; a component's form is drawn without its code. */
export function RequestSecretDialog(props: ComponentProps<Awaited<ReturnType<typeof loadRequest>>>) {
  return <LazyDialog load={loadRequest} opened={props.opened} props={props} />;
}
