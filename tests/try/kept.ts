import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Kept } from '../harness/examples/services.ts';
import { freePort } from '../harness/ports.ts';

interface File {
  readonly ports: Record<string, number>;
  readonly credentials: Record<string, string>;
}

/** Ports and credentials of local services in a file that only its owner reads; new ones are added to it. */
export function keptIn(path: string): (example: string) => Kept {
  const file: File = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as File) : { ports: {}, credentials: {} };
  const write = () => writeFileSync(path, JSON.stringify(file, null, 2), { mode: 0o600 });
  return (example) => ({
    async port(name) {
      const key = `${example} ${name}`;
      const known = file.ports[key];
      if (known !== undefined) return known;
      const port = await freePort();
      file.ports[key] = port;
      write();
      return port;
    },
    async credential(name) {
      const key = `${example} ${name}`;
      const known = file.credentials[key];
      if (known !== undefined) return known;
      const made = randomBytes(24).toString('base64url');
      file.credentials[key] = made;
      write();
      return made;
    },
  });
}
