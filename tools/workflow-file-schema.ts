import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { workflowFile } from '@holdfast/workflow/file';
import { z } from 'zod';

/** `node tools/workflow-file-schema.ts` writes the JSON Schema of a workflow's file, for editors. */
const path = fileURLToPath(new URL('../docs/reference/workflow-file.schema.json', import.meta.url));
writeFileSync(path, `${JSON.stringify(z.toJSONSchema(workflowFile, { io: 'input' }), null, 2)}\n`);
