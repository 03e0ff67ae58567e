import { get } from 'node:http';

/**
 * Asks one of our own planes. By node:http, since `fetch` would cost a launcher some 8 MiB for as long as it
 * runs.
 */
export function ask(url: string, signal: AbortSignal): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { signal, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.once('error', reject);
    });
    request.once('error', reject);
  });
}
