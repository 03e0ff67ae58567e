import { DOCUMENT_MAXIMUM_BYTES } from '@holdfast/api';
import { sizeInWords } from './workflow-words.ts';

/** What the server could not take, in its own words. */
export class UploadError extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, detail: string, remedy: string) {
    super(detail);
    this.code = code;
    this.remedy = remedy;
  }
}

interface UploadRequest {
  organization: string;
  projectId: string;
  file: File;
  name: string;
  /** Bytes that have left so far. */
  progress: (sent: number) => void;
  signal: AbortSignal;
}

/**
 * Streams one file to the server from disk, without reading it into memory. XMLHttpRequest is used because
 * fetch tells no progress of what it sends. Answers the document's id; throws UploadError, or the signal's
 * reason when it is aborted.
 */
export function upload({ organization, projectId, file, name, progress, signal }: UploadRequest): Promise<string> {
  if (file.size > DOCUMENT_MAXIMUM_BYTES) {
    return Promise.reject(
      new UploadError(
        'payload_too_large',
        `It has ${sizeInWords(file.size)}; at most ${sizeInWords(DOCUMENT_MAXIMUM_BYTES)} are taken.`,
        '',
      ),
    );
  }
  // No type: what the browser takes it for depends on the system that it runs on.
  const query = new URLSearchParams({ name });
  const path = `/api/organizations/${encodeURIComponent(organization)}/projects/${encodeURIComponent(projectId)}/documents?${query}`;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => {
      request.abort();
      reject(signal.reason);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    request.upload.onprogress = (event) => progress(event.loaded);
    request.onerror = () =>
      reject(new UploadError('unreachable', 'The connection was interrupted.', 'Check the network and upload it again.'));
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status === 201 && typeof answer.id === 'string') return resolve(answer.id);
      reject(
        new UploadError(
          typeof answer.code === 'string' ? answer.code : 'unavailable',
          typeof answer.detail === 'string' ? answer.detail : 'The server could not take the document.',
          typeof answer.remedy === 'string' ? answer.remedy : 'Upload it again.',
        ),
      );
    };
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.open('POST', path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.send(file);
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
