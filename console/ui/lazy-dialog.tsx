import { type ComponentType, useEffect, useState } from 'react';
import { loadPart } from '../api/load-part.ts';
import { notifyProblem } from './notify.ts';

interface Closable {
  close: () => void;
}

/** Fetches the code of a dialog. */
export type LoadDialog<Props> = () => Promise<ComponentType<Props>>;

/** What was fetched, by the function that fetches it. */
const loaded = new WeakMap<object, unknown>();

/**
 * A dialog whose code is fetched when it is first opened, so that the page below it is there sooner. When the
 * code cannot be fetched the dialog closes again and says so; the page stays as it is.
 */
export function LazyDialog<Props extends Closable>({ load, opened, props }: { load: LoadDialog<Props>; opened: boolean; props: Props }) {
  const [Dialog, setDialog] = useState(() => loaded.get(load) as ComponentType<Props> | undefined);
  const { close } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each opening; `close` is another function in each drawing
  useEffect(() => {
    if (!opened || Dialog !== undefined) return;
    let gone = false;
    loadPart(load).then(
      (component) => {
        loaded.set(load, component);
        if (!gone) setDialog(() => component);
      },
      (error: unknown) => {
        if (gone) return;
        close();
        notifyProblem(error);
      },
    );
    return () => {
      gone = true;
    };
  }, [opened, Dialog, load]);
  return Dialog === undefined ? null : <Dialog {...props} />;
}
