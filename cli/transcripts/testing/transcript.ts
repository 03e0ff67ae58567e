/** One command of a transcript, with what was typed into it and what came of it. */
export interface Exchange {
  /** Comment lines before it. */
  readonly comments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly input: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/**
 * Reads a transcript: `# comment`, `$ NAME=value holdfast words`, `< a line of standard input`, `> of
 * standard output`, `! of standard error`, and `= exit code`, which may be left out when it is 0. Words with
 * spaces stand in single quotes.
 */
export function parseTranscript(text: string): Exchange[] {
  const exchanges: Exchange[] = [];
  let comments: string[] = [];
  for (const line of text.split('\n')) {
    const mark = line.slice(0, 1);
    const rest = line.slice(2);
    const last = exchanges.at(-1);
    if (line === '') continue;
    if (mark === '#') comments.push(line);
    else if (mark === '$') {
      exchanges.push({ comments, ...parseCommand(rest), input: '', stdout: '', stderr: '', code: 0 });
      comments = [];
    } else if (last === undefined || !'<>!='.includes(mark)) throw new Error(`This line of a transcript cannot be read: ${line}`);
    else if (mark === '=') exchanges[exchanges.length - 1] = { ...last, code: Number(rest) };
    else {
      const part = { '<': 'input', '>': 'stdout', '!': 'stderr' }[mark] as 'input' | 'stdout' | 'stderr';
      exchanges[exchanges.length - 1] = { ...last, [part]: `${last[part]}${rest}\n` };
    }
  }
  return exchanges;
}

function parseCommand(command: string): Pick<Exchange, 'environment' | 'words'> {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const begin = words.indexOf('holdfast');
  const environment = Object.fromEntries(words.slice(0, begin).map((word) => word.split('=', 2) as [string, string]));
  return { environment, words: words.slice(begin + 1) };
}

export function formatTranscript(exchanges: readonly Exchange[]): string {
  const marked = (mark: string, text: string) =>
    text === ''
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${mark} ${line}`.trimEnd());
  const quoted = (word: string) => (/^[^\s']+$/.test(word) ? word : `'${word}'`);
  return exchanges
    .map(({ comments, environment, words, input, stdout, stderr, code }) => [
      ...comments,
      `$ ${[...Object.entries(environment).map(([name, value]) => `${name}=${value}`), 'holdfast', ...words.map(quoted)].join(' ')}`,
      ...marked('<', input),
      ...marked('>', stdout),
      ...marked('!', stderr),
      ...(code === 0 ? [] : [`= ${code}`]),
    ])
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}
