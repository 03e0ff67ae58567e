import { type EnvelopeBody, listSecrets, putSecret, type Secret } from '@holdfast/api';
import { uuidv7 } from '@holdfast/envelope';
import { parseDotenv, readAll } from '@holdfast/sdk';
import { seal, type VerifiedSealingKey } from '@holdfast/seal';
import { Button, Progress, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, memo, useCallback, useEffect, useRef, useState } from 'react';
import { client } from '../../api/client.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { useKeptText } from '../../sealing/kept-text.ts';
import { SealingPromise } from '../../sealing/sealing-promise.tsx';
import { SecretTextArea } from '../../sealing/secret-text-area.tsx';
import { fetchSealingKey, sealingFault, useSealingKey } from '../../sealing/use-sealing-key.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormDialog, type LossQuestion, useFilled } from '../../ui/form-dialog.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { Tag } from '../../ui/tag.tsx';
import { useSubmission } from '../../ui/use-submission.ts';
import { CHANGED_WITH_SECRET } from './changed-with-secret.ts';
import classes from './import-dialog.module.css';
import { EntryWarnings, ImportNotes, ImportPreview, linesWords, type Preview, previewOf } from './import-preview.tsx';
import { type Outcome, sendItems } from './import-sending.ts';
import { SERVER_PACE } from './pace.ts';

/** One entry of the file: sealed already, its value gone from the page. */
interface Entry {
  name: string;
  line: number;
  lastLine: number;
  warnings: readonly string[];
  envelope: EnvelopeBody;
  /** The secret of that name when the file was read: its current version is replaced, and no other. */
  exists: { versionId: string } | undefined;
  chosen: boolean;
  state: 'waiting' | Outcome;
}

interface Sealed {
  entries: Entry[];
  notes: Pick<Preview, 'skipped' | 'escaped'>;
}

/** Sets many secrets at once from a .env file. */
export function ImportDialog({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <FormDialog opened={opened} close={close} title="Import secrets" size={620}>
      {(done) => <ImportForm close={done} />}
    </FormDialog>
  );
}

function ImportForm({ close }: { close: () => void }) {
  const [sealed, setSealed] = useState<Sealed>();
  return sealed === undefined ? <ReadForm close={close} done={setSealed} /> : <SetForm close={close} sealed={sealed} />;
}

/**
 * First the file: names and faults show as soon as it is there. Then every value is sealed, and gone from the
 * page.
 */
function ReadForm({ close, done }: { close: () => void; done: (sealed: Sealed) => void }) {
  const organization = useOrganization();
  const sealingKey = useSealingKey();
  const field = useRef<HTMLTextAreaElement>(null);
  const [preview, setPreview] = useState<Preview>();
  const [error, setError] = useState<string>();
  const [problem, setProblem] = useState<ShownProblem>();
  const [progress, setProgress] = useState<number>();
  const submission = useSubmission();
  const changed = useRef(() => {});
  const kept = useKeptText(
    field,
    useCallback(() => changed.current(), []),
  );
  changed.current = () => {
    const text = kept.read();
    setError(undefined);
    setProblem(undefined);
    setPreview(text.trim() === '' ? undefined : previewOf(parseDotenv(text)));
  };
  useFilled(preview !== undefined);

  async function sealAll(signal: AbortSignal) {
    setProgress(undefined);
    if (!(await kept.settled())) return;
    const { entries, ...read } = parseDotenv(kept.read());
    if (read.faults.length > 0) return setError('Correct the lines below first.');
    if (entries.length === 0) return setError('No line reads NAME=value.');
    if (sealingFault(sealingKey) !== undefined) return;
    setProblem(undefined);
    setProgress(0);
    // As it is now: the dialog may have been open while it was rotated.
    const key = await fetchSealingKey(organization, signal);
    const known = await secretsByName(organization.slug, signal);
    const inAnotherCase = entries.find(({ name }) => (known.get(name.toLowerCase())?.name ?? name) !== name);
    if (inAnotherCase !== undefined) {
      const other = known.get(inAnotherCase.name.toLowerCase())?.name;
      const what = `${inAnotherCase.name} differs only in upper and lower case from the secret ${other}.`;
      return setError(`Line ${inAnotherCase.line}: ${what} Names must differ in more.`);
    }
    const sealed: Entry[] = [];
    for (const { name, line, lastLine, value, warnings } of entries) {
      signal.throwIfAborted();
      const existing = known.get(name.toLowerCase());
      sealed.push({
        ...{ name, line, lastLine, warnings: warnings.map(({ message }) => message) },
        envelope: await sealFor(key, value, existing),
        exists: existing === undefined ? undefined : { versionId: existing.currentVersionId },
        chosen: existing === undefined,
        state: 'waiting',
      });
      if (sealed.length % 25 === 0) {
        setProgress((100 * sealed.length) / entries.length);
        // Lets the page draw.
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    kept.clear();
    done({ entries: sealed, notes: read });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void submission.run(sealAll, (failure) => setProblem(problemOf(failure)));
  }

  const count = preview?.entries.length ?? 0;
  return (
    <form onSubmit={submit} autoComplete="off" noValidate>
      <Stack gap="sm">
        <Text c="dimmed" size="sm">
          Give a .env file: one NAME=value a line. Each value is sealed before anything is sent.
        </Text>
        <SecretTextArea field={field} kept={kept} label="File" rows={preview === undefined ? 6 : 3} data-autofocus error={error} />
        {preview === undefined ? null : <ImportPreview preview={preview} />}
        <SealingPromise sealingKey={sealingKey} />
        {submission.busy && progress !== undefined ? <Progress value={progress} aria-label="Sealing" /> : null}
      </Stack>
      <FormProblem problem={problem} />
      <FormFooter>
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          type="submit"
          loading={submission.busy}
          disabled={sealingFault(sealingKey) !== undefined || (preview?.faults.length ?? 0) > 0}
        >
          {count === 0 ? 'Seal and review' : `Seal ${secretsWords(count)} and review`}
        </Button>
      </FormFooter>
    </form>
  );
}

/** Asked before the dialog is left while it sends. */
const SENDING: LossQuestion = {
  title: 'Stop the import?',
  text: 'Secrets that are not set yet are left out. Those that are set stay.',
  leave: 'Stop and close',
};

/** Then which of them to set. A break in the middle leaves the rest ticked, to be sent again. */
function SetForm({ close, sealed }: { close: () => void; sealed: Sealed }) {
  const { slug } = useOrganization();
  const queries = useQueryClient();
  const [entries, setEntries] = useState(sealed.entries);
  const [sent, setSent] = useState<{ done: number; of: number }>();
  const [problem, setProblem] = useState<ShownProblem>();
  const left = entries.filter(({ state }) => state === 'waiting').length;
  const chosen = entries.filter((entry) => entry.chosen);
  const set = entries.filter(({ state }) => state === 'set').length;
  const stop = useRef(new AbortController());
  const isLeft = useRef(false);
  useFilled(sent === undefined ? left > 0 : SENDING);
  useEffect(() => {
    isLeft.current = false;
    return () => {
      isLeft.current = true;
      stop.current.abort();
    };
  }, []);

  const choose = useCallback(
    (name: string, to: boolean) => setEntries((former) => former.map((entry) => (entry.name === name ? { ...entry, chosen: to } : entry))),
    [],
  );

  async function send(event: FormEvent) {
    event.preventDefault();
    setProblem(undefined);
    stop.current = new AbortController();
    const outcomes = new Map<string, Outcome>();
    const show = () => {
      setSent({ done: outcomes.size, of: chosen.length });
      setEntries((former) =>
        former.map((entry) => {
          const outcome = outcomes.get(entry.name);
          return outcome === undefined || entry.state === outcome ? entry : { ...entry, state: outcome, chosen: false };
        }),
      );
    };
    show();
    try {
      await sendItems(chosen, {
        send: (entry) => put(slug, entry),
        settled: ({ name }, outcome) => {
          outcomes.set(name, outcome);
          if (outcomes.size % 20 === 0) show();
        },
        ...SERVER_PACE,
        stop: stop.current.signal,
      });
      const done = [...outcomes.values()].filter((outcome) => outcome === 'set').length;
      notifyDone(`${secretsWords(done)} ${done === 1 ? 'is' : 'are'} sealed and stored.`);
      if (done === chosen.length && !isLeft.current) close();
    } catch (failure) {
      if (isLeft.current) return notifyProblem(failure);
      const shown = problemOf(failure);
      const done = [...outcomes.values()].filter((outcome) => outcome === 'set').length;
      const rest = chosen.length - outcomes.size;
      setProblem({
        ...shown,
        detail: `${shown.detail} ${secretsWords(done)} of ${chosen.length.toLocaleString()} ${done === 1 ? 'was' : 'were'} set before it.`,
        remedy: `${shown.remedy} Then press the button again: only the ${rest.toLocaleString()} that are left are sent.`,
      });
    } finally {
      show();
      setSent(undefined);
      await Promise.all(CHANGED_WITH_SECRET.map(({ id }) => queries.invalidateQueries({ queryKey: [id] })));
    }
  }

  const replaces = chosen.filter(({ exists }) => exists !== undefined).length;
  return (
    <form onSubmit={send}>
      <Text c="dimmed" size="sm" mb={4}>
        All values are sealed, and gone from this page. Choose which to set.
        {entries.some(({ exists }) => exists !== undefined)
          ? ' A secret that exists is replaced when you tick it; its former value is destroyed.'
          : ''}
      </Text>
      <ImportNotes {...sealed.notes} />
      <ul className={classes.list} aria-label="Secrets">
        {entries.map((entry) => (
          <EntryRow key={entry.name} entry={entry} choose={choose} />
        ))}
      </ul>
      {sent === undefined ? null : (
        <Progress mt="sm" value={(100 * sent.done) / Math.max(1, sent.of)} aria-label={`${sent.done} of ${sent.of} sent`} />
      )}
      <FormProblem problem={problem} />
      <FormFooter>
        <Button variant="default" onClick={() => (sent === undefined ? close() : stop.current.abort())}>
          {sent !== undefined ? 'Stop' : set > 0 ? 'Close' : 'Cancel'}
        </Button>
        <Button type="submit" loading={sent !== undefined} disabled={chosen.length === 0}>
          {submitWords(chosen.length - replaces, replaces)}
        </Button>
      </FormFooter>
    </form>
  );
}

const EntryRow = memo(({ entry, choose }: { entry: Entry; choose: (name: string, to: boolean) => void }) => (
  <li className={classes.row}>
    <label className={classes.choice}>
      <input
        type="checkbox"
        checked={entry.chosen}
        disabled={entry.state !== 'waiting'}
        onChange={(event) => choose(entry.name, event.currentTarget.checked)}
      />
      <span className="mono">{entry.name}</span>
      <Text component="span" size="xs" c="dimmed">
        {linesWords(entry)}
      </Text>
    </label>
    <EntryState entry={entry} />
    <EntryWarnings warnings={entry.warnings} />
  </li>
));

function EntryState({ entry: { state, exists, chosen } }: { entry: Entry }) {
  if (state === 'set') return <Tag tone="good">{exists === undefined ? 'added' : 'replaced'}</Tag>;
  if (state === 'taken') return <Tag tone="warn">changed meanwhile: give the file again</Tag>;
  if (exists === undefined) return <Tag>new</Tag>;
  return <Tag tone="warn">{chosen ? 'will be replaced' : 'exists: tick to replace'}</Tag>;
}

const secretsWords = (count: number) => (count === 1 ? '1 secret' : `${count.toLocaleString()} secrets`);

function submitWords(added: number, replaced: number): string {
  if (replaced === 0) return `Add ${secretsWords(added)}`;
  return added === 0 ? `Replace ${secretsWords(replaced)}` : `Add ${added.toLocaleString()}, replace ${replaced.toLocaleString()}`;
}

async function secretsByName(organization: string, signal: AbortSignal): Promise<Map<string, Secret>> {
  const found = new Map<string, Secret>();
  for await (const secret of readAll(client, listSecrets, { params: { organization }, query: { limit: 200 }, signal })) {
    found.set(secret.name.toLowerCase(), secret);
  }
  return found;
}

function sealFor(key: VerifiedSealingKey, value: string, existing: Secret | undefined): Promise<EnvelopeBody> {
  return seal(key, { secretId: existing?.id ?? uuidv7(), kind: 'secret-value', value });
}

async function put(organization: string, { name, envelope, exists }: Entry): Promise<Outcome> {
  const headers = exists === undefined ? { 'if-none-match': '*' as const } : { 'if-match': exists.versionId };
  try {
    await client.call(putSecret, { params: { organization, name }, body: { envelope }, headers });
    return 'set';
  } catch (failure) {
    if (['precondition_failed', 'name_taken'].includes(problemOf(failure).code)) return 'taken';
    throw failure;
  }
}
