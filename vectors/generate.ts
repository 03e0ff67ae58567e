import { writeFile } from 'node:fs/promises';
import { auditLogVectors } from './audit-logs.ts';
import { sealedValueVectors } from './sealed-values.ts';

/** Writes the vectors. The output is the same each time, so that a change of it is a change of the format. */
await writeFile(new URL('sealed-values.json', import.meta.url), `${JSON.stringify(await sealedValueVectors(), null, 1)}\n`);
await writeFile(new URL('audit-logs.json', import.meta.url), `${JSON.stringify(await auditLogVectors(), null, 1)}\n`);
