import type { ComponentProps } from 'react';
import { LazyDialog } from '../../ui/lazy-dialog.tsx';

/** The dialogs of the secrets' pages: forms, and the code that seals, which the list itself does not need. */

const loadAddSecret = () => import('./add-secret-dialog.tsx').then((module) => module.AddSecretDialog);
export function AddSecretDialog(props: ComponentProps<Awaited<ReturnType<typeof loadAddSecret>>>) {
  return <LazyDialog load={loadAddSecret} opened={props.opened} props={props} />;
}

const loadImport = () => import('./import-dialog.tsx').then((module) => module.ImportDialog);
export function ImportDialog(props: ComponentProps<Awaited<ReturnType<typeof loadImport>>>) {
  return <LazyDialog load={loadImport} opened={props.opened} props={props} />;
}

const loadReplaceValue = () => import('./replace-value-dialog.tsx').then((module) => module.ReplaceValueDialog);
export function ReplaceValueDialog(props: ComponentProps<Awaited<ReturnType<typeof loadReplaceValue>>>) {
  return <LazyDialog load={loadReplaceValue} opened={props.secret !== undefined} props={props} />;
}

const loadMetadata = () => import('./metadata-dialog.tsx').then((module) => module.MetadataDialog);
export function MetadataDialog(props: ComponentProps<Awaited<ReturnType<typeof loadMetadata>>>) {
  return <LazyDialog load={loadMetadata} opened={props.secret !== undefined} props={props} />;
}

const loadDeleteSecret = () => import('./delete-secret-dialog.tsx').then((module) => module.DeleteSecretDialog);
export function DeleteSecretDialog(props: ComponentProps<Awaited<ReturnType<typeof loadDeleteSecret>>>) {
  return <LazyDialog load={loadDeleteSecret} opened={props.secret !== undefined} props={props} />;
}

const loadBulk = () => import('./bulk-dialog.tsx').then((module) => module.BulkDialog);
export function BulkDialog(props: ComponentProps<Awaited<ReturnType<typeof loadBulk>>>) {
  return <LazyDialog load={loadBulk} opened={props.action !== undefined} props={props} />;
}
