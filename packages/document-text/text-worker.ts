import { parentPort, workerData } from 'node:worker_threads';
import { checkText } from './check-text.ts';
import { DocumentTextError } from './document-text-error.ts';
import type { DocumentText, TextAnswer, TextRequest } from './text-of.ts';

/** One document, in a thread that ends with it: see text-of.ts. */
const { kind, bytes } = workerData as TextRequest;

async function read(): Promise<DocumentText> {
  // Each parser is loaded only for its kind.
  switch (kind) {
    case 'pdf':
      return (await import('./pdf-text.ts')).pdfText(bytes);
    case 'word':
      return { text: await (await import('./word-text.ts')).wordText(bytes) };
    case 'html':
      return { text: (await import('./html-text.ts')).htmlText((await import('./plain-text.ts')).decodePlainText(bytes)) };
    case 'plain':
      return { text: (await import('./plain-text.ts')).plainText(bytes) };
  }
}

let answer: TextAnswer;
try {
  answer = await read();
  // Here, so that no text that is too long is handed over.
  checkText(kind, answer.text);
} catch (error) {
  answer =
    error instanceof DocumentTextError
      ? { code: error.code, message: error.message }
      : { code: 'unreadable', message: 'The document cannot be read: it is damaged, or not what its name says.' };
}
parentPort?.postMessage(answer);
