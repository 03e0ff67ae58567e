import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LOG_EVENTS, type LogEvent } from '@holdfast/service';

/** `node tools/log-events.ts` writes docs/reference/log-events.md from the table of events. */
export const LOG_EVENT_REFERENCE = fileURLToPath(new URL('../docs/reference/log-events.md', import.meta.url));

export function logEventReference(): string {
  const rows = (Object.keys(LOG_EVENTS) as LogEvent[]).map((event) => {
    const { level, message, fields } = LOG_EVENTS[event];
    const named = Object.entries(fields).map(([name, what]) => `\`${name}\`: ${what}`);
    return `| \`${event}\` | ${level} | ${message} | ${named.join(' ')} |`;
  });
  return `# Log events

Written by \`node tools/log-events.ts\` from \`packages/service/log-events.ts\`.

Each plane writes JSON, a line for each event, to standard output; \`holdfast start\` keeps them in
\`logs/control.log\` and \`logs/data.log\`. Every line has \`level\` (30 info, 40 warn, 50 error), \`time\` (ISO 8601,
UTC), \`name\` (the plane), \`event\` and \`msg\`; lines about a request have \`reqId\`, the \`requestId\` of its answer
and of the audit record. Search and alert by \`event\`: a name keeps its meaning, the words of \`msg\` may get
better. No line holds a secret's value. What people and runs did stands in the audit record, not here.

| Event | Level | \`msg\` | Fields |
|---|---|---|---|
${rows.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(LOG_EVENT_REFERENCE, logEventReference());
