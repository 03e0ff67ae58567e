import { Agent, request } from 'node:http';

export interface HttpCaller extends Disposable {
  /** Sends a request over kept connections, reads the answer to its end, and rejects unless it is a 2xx. */
  send(method: 'GET' | 'PUT' | 'DELETE', url: string, token: string, body?: string): Promise<void>;
}

/** With as little of its own as Node allows: it runs on the processors that it measures. */
export function createHttpCaller(connections: number): HttpCaller {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: (method, url, token, body) =>
      new Promise((resolve, reject) => {
        const headers = {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        };
        request(url, { agent, method, headers }, (response) => {
          const status = response.statusCode ?? 0;
          if (status < 200 || status > 299) reject(new Error(`${method} ${url} answered ${status}.`));
          response.resume().on('end', resolve).on('error', reject);
        })
          .on('error', reject)
          .end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
