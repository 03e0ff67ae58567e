import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, listWorkflows, setUp } from '@holdfast/api';
import { createClient, type Pin, type Pins } from '@holdfast/sdk';
import type { Example } from '../../examples/index.ts';
import { eventually } from '../harness/eventually.ts';
import { type Arranged, arrangeExample, finishExample, type Place, startExample } from '../harness/examples/arrange.ts';
import { type ExampleServices, startServices } from '../harness/examples/services.ts';
import { allowing, startHoldfast } from './holdfast.ts';
import { keptIn } from './kept.ts';

/** What is kept beside the home, so that the next start can sign in. */
interface KeptAccount {
  readonly email: string;
  readonly password: string;
  readonly organization: string;
  readonly token: string;
}

const ORGANIZATION = { name: 'Acme Capital', slug: 'acme' };
const RUN_MILLISECONDS = 120_000;

/**
 * Starts Holdfast with the services of these examples, makes an organization with all of them, runs each
 * once, and says where the results are. Ends with Ctrl-C. Answers the exit code.
 *
 * @param folder where all of it lies: found again when it was there before.
 */
export async function runExamples(folder: string, examples: readonly Example[]): Promise<number> {
  // Started by root, the planes run as other accounts, which have to get through.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) await chmod(folder, 0o711);
  await using running = new AsyncDisposableStack();
  const keptFor = keptIn(join(folder, 'services.json'));
  const services = new Map<Example, ExampleServices>();
  for (const example of examples) {
    const started = await startServices(example, keptFor(example.name)).catch((error: unknown) => {
      throw new Error(
        `The services of ${example.name} did not start. If something uses their ports, delete ${join(folder, 'services.json')}.`,
        {
          cause: error,
        },
      );
    });
    services.set(example, running.use(started));
  }
  const all = [...services.values()];
  const certificates = join(folder, 'certificates.pem');
  const trusted = process.env.NODE_EXTRA_CA_CERTS;
  const own = trusted === undefined || trusted === '' ? '' : await readFile(trusted, 'utf8');
  await writeFile(certificates, [own, ...all.map((each) => each.certificates ?? '')].join('\n'));
  const holdfast = startHoldfast(
    {
      HOLDFAST_HOME: process.env.HOLDFAST_HOME || join(folder, 'holdfast'),
      HOLDFAST_EGRESS_ALLOW: allowing(all.flatMap(({ reaches }) => reaches)),
      NODE_EXTRA_CA_CERTS: certificates,
    },
    { json: true },
  );
  try {
    const summary = JSON.parse(await holdfast.ready) as Summary;
    const account = await accountOf(folder, summary);
    if (account === undefined) {
      console.log(
        `\nHoldfast is ready at ${summary.consoleUrl}. Somebody has set it up already, so the examples are left as they are there.\n`,
      );
    } else {
      const place = placeOf(summary, account);
      const results: string[] = [];
      for (const [example, its] of services) results.push(await showExample(place, summary, example, its));
      console.log(wordsOf(folder, summary, account, results));
    }
  } catch (error) {
    holdfast.stop();
    await holdfast.ended;
    throw error;
  }
  return holdfast.ended;
}

interface Summary {
  readonly consoleUrl: string;
  readonly setupUrl: string | null;
}

/** The account of the last time, or the first one of a fresh home; `undefined`: it is somebody else's. */
async function accountOf(folder: string, { consoleUrl, setupUrl }: Summary): Promise<KeptAccount | undefined> {
  const path = join(folder, 'account.json');
  if (setupUrl === null)
    return readFile(path, 'utf8').then(
      (text) => JSON.parse(text) as KeptAccount,
      () => undefined,
    );
  const email = 'you@example.com';
  const password = randomBytes(9).toString('base64url');
  const made: Answer<typeof setUp> = await createClient({ url: consoleUrl }).call(setUp, {
    body: { setupToken: setupUrl.split('#')[1] ?? '', name: 'You', email, password, organization: ORGANIZATION, token: true },
  });
  const account = { email, password, organization: made.organization.slug, token: made.token ?? '' };
  await writeFile(path, JSON.stringify(account, null, 2), { mode: 0o600 });
  return account;
}

function placeOf({ consoleUrl }: Summary, { token, organization }: KeptAccount): Place {
  const seen = new Map<string, Pin>();
  const pins: Pins = { read: (url) => seen.get(url), write: (url, pin) => void seen.set(url, pin) };
  return { client: createClient({ url: consoleUrl, token }), pins, organization };
}

/** Makes and runs an example, unless it was made the last time. */
async function showExample(place: Place, { consoleUrl }: Summary, example: Example, services: ExampleServices): Promise<string> {
  const { client, organization } = place;
  const workflows = await client.call(listWorkflows, { params: { organization }, query: { limit: 200 } });
  const known = workflows.items.find(({ name, project }) => name === example.workflow.name && project.name === example.title);
  const lines = [`  ${example.title}  (${example.use})`];
  const at = ({ projectId, workflowId }: Arranged) =>
    `${consoleUrl}/organizations/${organization}/projects/${projectId}/workflows/${workflowId}`;
  if (known !== undefined) {
    lines.push(`    workflow   ${at({ projectId: known.project.id, workflowId: known.id })}`);
  } else {
    // A new organization has its sealing key when the data plane has made it.
    const arranged = await eventually('the sealing key', () => arrangeExample(place, example, services), { withinMilliseconds: 30_000 });
    lines.push(`    workflow   ${at(arranged)}`);
    const run = await finishExample(place, await startExample(place, example, arranged), AbortSignal.timeout(RUN_MILLISECONDS));
    const names = (await services.published()).map(({ name }) => name);
    lines.push(
      `    run        ${run.status}: ${consoleUrl}/organizations/${organization}/runs/${run.id}`,
      `    published  ${names.join(', ') || 'nothing'}`,
    );
  }
  return [...lines, ...services.says.map((sentence) => `    service    ${sentence}`)].join('\n');
}

function wordsOf(folder: string, { consoleUrl }: Summary, { email, password }: KeptAccount, results: readonly string[]): string {
  return `
Holdfast is ready, and ${results.length === 1 ? 'an example is' : `${results.length} examples are`} set up.

  Console    ${consoleUrl}
  Sign in    ${email}
  Password   ${password}

${results.join('\n\n')}

What runs locally keeps nothing of its own between starts but its addresses and credentials.
Ctrl-C ends all of it. Everything lies in ${folder}.
`;
}
