import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const ROOM = new URL('../packages/redaction/', import.meta.url);

/** The text of packages/redaction/scan-module.ts: scan.wat in the binary form of WebAssembly. */
export async function scanModule(): Promise<string> {
  const { parseWat } = await wabt();
  const module = parseWat('scan.wat', await readFile(new URL('scan.wat', ROOM), 'utf8'), { simd: true });
  module.resolveNames();
  module.validate();
  const lines =
    Buffer.from(module.toBinary({}).buffer)
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  return `/** scan.wat in base64: \`node tools/redaction-scan.ts\` writes it. */\nexport const SCAN_MODULE = \`\n${lines.join('\n')}\n\`;\n`;
}

if (import.meta.main) await writeFile(new URL('scan-module.ts', ROOM), await scanModule());
