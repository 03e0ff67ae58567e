import { useCallback, useEffect, useRef, useState } from 'react';
import { problemOf } from '../../api/problem.ts';
import { upload } from './upload.ts';

export interface UploadedDocument {
  key: string;
  file: File;
  /** Its path, when a folder was dropped; else the file's name. */
  name: string;
  state: 'waiting' | 'uploading' | 'uploaded' | 'failed';
  /** Bytes. */
  sent: number;
  documentId: string | undefined;
  problem: string | undefined;
}

const AT_ONCE = 3;
/**
 * Progress is shown this often at most, so that many fast uploads do not redraw the list hundreds of times a
 * second.
 */
const PROGRESS_MILLISECONDS = 120;

/** Uploads files as they are chosen, a few at a time, and keeps what has become of each. */
export function useUploads(organization: string, projectId: string) {
  const [documents, setDocuments] = useState<readonly UploadedDocument[]>([]);
  const current = useRef(documents);
  const aborts = useRef(new Map<string, AbortController>());
  const nextKey = useRef(0);

  const write = useCallback((change: (documents: readonly UploadedDocument[]) => readonly UploadedDocument[]) => {
    current.current = change(current.current);
    setDocuments(current.current);
  }, []);
  const update = useCallback(
    (key: string, change: Partial<UploadedDocument>) =>
      write((all) => all.map((document) => (document.key === key ? { ...document, ...change } : document))),
    [write],
  );

  const startNext = useCallback(() => {
    while (aborts.current.size < AT_ONCE) {
      const next = current.current.find((document) => document.state === 'waiting');
      if (next === undefined) return;
      const abort = new AbortController();
      aborts.current.set(next.key, abort);
      update(next.key, { state: 'uploading', sent: 0, problem: undefined });
      let shown = 0;
      upload({
        organization,
        projectId,
        file: next.file,
        name: next.name,
        signal: abort.signal,
        progress: (sent) => {
          if (performance.now() - shown < PROGRESS_MILLISECONDS) return;
          shown = performance.now();
          update(next.key, { sent: Math.min(sent, next.file.size) });
        },
      })
        .then(
          (documentId) => update(next.key, { state: 'uploaded', sent: next.file.size, documentId }),
          (error: unknown) => {
            if (abort.signal.aborted) return;
            const problem = problemOf(error);
            update(next.key, { state: 'failed', problem: `${problem.detail} ${problem.remedy}`.trim() });
          },
        )
        .finally(() => {
          aborts.current.delete(next.key);
          startNext();
        });
    }
  }, [organization, projectId, update]);

  const add = useCallback(
    (files: readonly File[]) => {
      const added = files.map((file) => {
        nextKey.current += 1;
        const document: UploadedDocument = {
          key: String(nextKey.current),
          file,
          name: pathOf(file),
          state: 'waiting',
          sent: 0,
          documentId: undefined,
          problem: undefined,
        };
        return document;
      });
      write((all) => [...all, ...added]);
      startNext();
    },
    [write, startNext],
  );
  const remove = useCallback(
    (key: string) => {
      aborts.current.get(key)?.abort();
      write((all) => all.filter((document) => document.key !== key));
    },
    [write],
  );
  const retry = useCallback(
    (key: string) => {
      update(key, { state: 'waiting' });
      startNext();
    },
    [update, startNext],
  );
  const clear = useCallback(() => {
    for (const abort of aborts.current.values()) abort.abort();
    write(() => []);
  }, [write]);
  useEffect(() => {
    const running = aborts.current;
    return () => {
      // The end of each upload begins the next that waits.
      current.current = [];
      for (const abort of running.values()) abort.abort();
    };
  }, []);

  return { documents, add, remove, retry, clear };
}

/** Names that two documents share: in one run the second would take the place of the first. */
export function repeatedNames(documents: readonly UploadedDocument[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(documents.map(({ name }) => name).filter((name) => seen.has(name) || seen.add(name) === undefined));
}

/** Files of a dropped folder keep their path in it, so that equal names in different folders stay apart. */
function pathOf(file: File): string {
  const path = file.webkitRelativePath || (file as File & { path?: string }).path || file.name;
  return path.replace(/^(?:\.?\/)+/, '') || file.name;
}
