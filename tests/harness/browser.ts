import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type LaunchOptions, type Page, type Request } from 'playwright-core';
import { findChromium } from './chromium.ts';

/**
 * Only what keeps a browser quiet and lets it run in a container; nothing that turns a protection of pages
 * off.
 */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
];

export interface RequestRecord {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * A browser with nothing in it yet, which remembers everything that left it and everything that it complained
 * about.
 */
export interface Browser extends AsyncDisposable {
  page: Page;
  context: BrowserContext;
  /** Requests so far, with their bodies. */
  requests: RequestRecord[];
  /** Bodies of answers so far, when they are kept. */
  responses: Buffer[];
  /** Console errors, uncaught exceptions, violations of the content security policy, server errors. */
  complaints: string[];
  /** Fails when the browser complained of anything that does not match one of the patterns. */
  assertQuiet(...expected: RegExp[]): void;
}

export interface BrowserOptions {
  colorScheme?: 'light' | 'dark';
  viewport?: { width: number; height: number };
  /** Whether animations run: drawing them takes a quarter of all the time of a test. Default: false. */
  motion?: boolean;
  /** Default: UTC. */
  timezoneId?: string;
  /** Bodies of requests above this many bytes are not kept. */
  keepBodiesBelow?: number;
  /** Whether bodies of answers are kept, which takes its time. Default: false. */
  keepResponses?: boolean;
}

interface StartedChromium extends AsyncDisposable {
  /** With its own cookies, storage and cache. */
  newContext(options: BrowserContextOptions): Promise<BrowserContext>;
}

/** What runs, and for how many. */
let running: { readonly started: Promise<StartedChromium>; users: number } | undefined;

/**
 * Has one Chromium run for as long as the scope lasts, since a start takes half a second of a processor: for
 * browsers that are opened one after the other. Those that are open at the same time share one anyway.
 */
export async function keepChromium(): Promise<StartedChromium> {
  running ??= { started: startChromium(), users: 0 };
  const shared = running;
  shared.users += 1;
  const leave = async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (running === shared) running = undefined;
    await (await shared.started)[Symbol.asyncDispose]();
  };
  const { newContext } = await shared.started;
  return { newContext, [Symbol.asyncDispose]: leave };
}

async function startChromium(): Promise<StartedChromium> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-browser-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const browser = starting.use(await chromium.launch(await launchOptions(folder)));
  return { newContext: (options) => browser.newContext(options), ...disposing(starting) };
}

/** @param home where it puts what it writes. */
async function launchOptions(home: string): Promise<LaunchOptions> {
  const { executable, environment } = await findChromium();
  return {
    executablePath: executable,
    headless: true,
    args: ARGUMENTS,
    // Without a UTF-8 locale the browser cannot open files whose names have letters beyond ASCII.
    env: { PATH: process.env.PATH ?? '', HOME: home, TMPDIR: home, LANG: 'C.UTF-8', ...environment },
  };
}

function contextOptions(options: BrowserOptions): BrowserContextOptions {
  return {
    viewport: options.viewport ?? { width: 1280, height: 800 },
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: options.motion ? 'no-preference' : 'reduce',
    acceptDownloads: true,
    locale: 'en-GB',
    timezoneId: options.timezoneId ?? 'UTC',
  };
}

export async function openBrowser(options: BrowserOptions = {}): Promise<Browser> {
  await using opening = new AsyncDisposableStack();
  const { newContext } = opening.use(await keepChromium());
  const context = opening.use(await newContext(contextOptions(options)));
  return { ...(await observe(context, options)), ...disposing(opening) };
}

/** One that keeps what it stores in a folder, as people's browsers do. */
export async function openBrowserWithProfile(options: BrowserOptions = {}): Promise<Browser & { readonly profile: string }> {
  await using opening = new AsyncDisposableStack();
  const profile = await mkdtemp(join(tmpdir(), 'holdfast-browser-'));
  opening.defer(() => rm(profile, { recursive: true, force: true }));
  const launching = chromium.launchPersistentContext(profile, { ...(await launchOptions(profile)), ...contextOptions(options) });
  const context = opening.use(await launching);
  return { ...(await observe(context, options)), profile, ...disposing(opening) };
}

/** To be closed by who has it now. */
function disposing(opening: AsyncDisposableStack): AsyncDisposable {
  const opened = opening.move();
  return { [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function observe(context: BrowserContext, options: BrowserOptions): Promise<Omit<Browser, keyof AsyncDisposable>> {
  context.setDefaultTimeout(15_000);
  const page = context.pages()[0] ?? (await context.newPage());
  const requests: RequestRecord[] = [];
  const responses: Buffer[] = [];
  const complaints: string[] = [];
  const limit = options.keepBodiesBelow ?? 4 * 1024 * 1024;

  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(
        `content security policy: ${event.violatedDirective} refused ${event.blockedURI || 'inline'} (${event.sourceFile}:${event.lineNumber})`,
      );
    });
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.stack ?? error.message}`));
  page.on('request', (request) => requests.push(recordOf(request, limit)));
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} from ${response.request().method()} ${response.url()}`);
    if (!options.keepResponses) return;
    // A body may be gone already when the page has moved on.
    void response.body().then(
      (body) => responses.push(body),
      () => undefined,
    );
  });

  return {
    page,
    context,
    requests,
    responses,
    complaints,
    assertQuiet(...expected) {
      const unexpected = complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint)));
      assert.deepEqual(unexpected, [], 'the browser complained');
    },
  };
}

function recordOf(request: Request, limit: number): RequestRecord {
  const body = request.postDataBuffer();
  return {
    method: request.method(),
    url: request.url(),
    headers: request.headers(),
    body: body && body.length <= limit ? body : Buffer.alloc(0),
  };
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * Runs axe with the rules of WCAG 2.2 A and AA on the page as it stands. The script goes in through the
 * browser's own debugging channel, which the page's content security policy does not govern.
 */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  // Before it, the page is not there yet: its code is loaded when it is asked for.
  await page.locator('h1').first().waitFor({ state: 'attached' });
  // A dialog that is still fading in has other colours than the one that people read.
  await page.evaluate(async () => {
    const moves = () => document.getAnimations().some((each) => each.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    for (let still = 0; still < 4; still = moves() ? 0 : still + 1) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  // It stays until the page is loaded again.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await readFile(AXE, 'utf8'));
  const violations = await page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    const result = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      // Of what is right it need not describe every element.
      resultTypes: ['violations'],
      selectors: false,
    });
    // What an open dropdown covers is no target until that is closed.
    const opened = [...document.querySelectorAll('[role=option], [role=menuitem]')].some((each) => each.checkVisibility());
    const behind = (id: string, node: { failureSummary?: string }) =>
      opened && id === 'target-size' && /obscured/.test(node.failureSummary ?? '');
    return result.violations
      .map((violation) => ({ ...violation, nodes: violation.nodes.filter((node) => !behind(violation.id, node)) }))
      .filter(({ nodes }) => nodes.length > 0)
      .map(
        (violation) =>
          `${violation.id} (${violation.impact}): ${violation.help}\n${violation.nodes
            .slice(0, 4)
            .map((node) => `    ${node.html.slice(0, 160)}\n      ${(node.failureSummary ?? '').replaceAll('\n', ' ')}`)
            .join('\n')}`,
      );
  });
  assert.deepEqual(violations, [], `axe found faults on ${what}`);
}
