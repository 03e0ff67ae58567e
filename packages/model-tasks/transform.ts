import { type ConnectorContext, ConnectorError, type InputDocument, type ResultDocument } from '@holdfast/connector';
import { requireAnswerLevels } from './answer-levels.ts';
import { type Conversation, conversationOf, correctionOf } from './conversation.ts';
import { readInput } from './document-input.ts';
import type { ModelTask } from './task.ts';
import { costOf, type Tokens, usageOf } from './usage.ts';
import { withoutFence } from './without-fence.ts';

/** What a model answered. */
export interface ModelAnswer {
  readonly text: string;
  /** `cut`: at the longest answer. `refused`: by the model or a filter of the service. */
  readonly ended: 'whole' | 'cut' | 'refused';
  /** When the service says it. */
  readonly tokens: Tokens | undefined;
}

/** A service, as the tasks see it. */
export interface ModelService {
  /** The service has no place of its own for the schema of the answer. */
  readonly schemaInWords: boolean;
  readonly imageMaximumBytes: number;
  /** Asks once. @throws ConnectorError */
  ask(conversation: Conversation): Promise<ModelAnswer>;
}

/** The first, and one with the reason why that did not fit. */
const ANSWERS_MAXIMUM = 2;

/**
 * Does a task with one document: `invoice.json` of `invoice.pdf` for extract and classify, `invoice.txt` for
 * summarize. An answer that does not fit is asked for once more, with the reason.
 *
 * @throws ConnectorError `document_unsupported`, and `answer_invalid` for an answer that is cut off, refused
 *   or does not fit (documentOnly); what `ask` throws.
 */
export async function transformBy(
  service: ModelService,
  task: ModelTask,
  document: InputDocument,
  context: Pick<ConnectorContext, 'signal' | 'inTurn' | 'answerFault' | 'countTokens'>,
): Promise<ResultDocument[]> {
  const limits = { characters: task.maximumInputCharacters, imageBytes: service.imageMaximumBytes };
  const input = await readInput(document, limits, context);
  let conversation = conversationOf(task, document.name, input, service.schemaInWords);
  let tokens: Tokens | undefined = { input: 0, output: 0 };
  for (let number = 1; ; number += 1) {
    const answer = await service.ask(conversation);
    document.progress(document.size);
    count(answer, task, context);
    tokens = tokens && answer.tokens && { input: tokens.input + answer.tokens.input, output: tokens.output + answer.tokens.output };
    const read = await readAnswer(task, document, answer, context);
    if ('value' in read) return [resultOf(task, document, read.value, tokens)];
    if (number === ANSWERS_MAXIMUM) {
      throw invalid(document, `did not fit, twice: ${read.fault}`, {
        remedy: 'Loosen the schema, say more in the instructions, or use another model.',
      });
    }
    // Services refuse a turn of white space alone.
    const rejected = { answer: answer.text.trim() || '(nothing)', correction: correctionOf(task, read.fault) };
    conversation = { ...conversation, rejected };
  }
}

/** Also of an answer that does not fit: it is paid for. */
function count({ tokens }: ModelAnswer, { prices }: ModelTask, { countTokens }: Pick<ConnectorContext, 'countTokens'>): void {
  if (tokens !== undefined) countTokens({ ...tokens, ...(prices !== undefined && { cost: costOf(tokens, prices) }) });
}

type Read = { readonly value: unknown } | { readonly fault: string };

async function readAnswer(
  task: ModelTask,
  document: InputDocument,
  answer: ModelAnswer,
  { answerFault }: Pick<ConnectorContext, 'answerFault'>,
): Promise<Read> {
  if (answer.ended === 'refused') {
    throw invalid(document, 'is a refusal, by the model or a filter of the service.', {
      remedy: 'Look at the document; if it is harmless, say in the instructions what it is for, or use another model.',
    });
  }
  if (answer.ended === 'cut') {
    throw invalid(document, `was cut off after ${task.maximumOutputTokens.toLocaleString('en')} tokens.`, {
      remedy: 'Raise “Longest answer, in tokens” of the component.',
    });
  }
  if (task.schema === undefined) return answer.text.trim() === '' ? { fault: 'It is empty.' } : { value: answer.text.trim() };
  const text = withoutFence(answer.text);
  const fault = await answerFault(task.schema, text);
  if (fault !== undefined) return { fault };
  const value: unknown = JSON.parse(text);
  requireAnswerLevels(value, document.name);
  return { value };
}

function resultOf(task: ModelTask, document: InputDocument, value: unknown, tokens: Tokens | undefined): ResultDocument {
  const stem = /^(.*[^/])\.[^./]{1,16}$/s.exec(document.name)?.[1] ?? document.name;
  if (task.schema === undefined) return { name: `${stem}.txt`, contentType: 'text/plain; charset=utf-8', body: `${String(value)}\n` };
  const whole = task.includeUsage ? { result: value, usage: usageOf(tokens, task.prices) } : value;
  return { name: `${stem}.json`, contentType: 'application/json', body: `${JSON.stringify(whole, null, 2)}\n` };
}

function invalid({ name }: InputDocument, what: string, more: { readonly remedy: string }): ConnectorError {
  return new ConnectorError('answer_invalid', `The answer for “${name}” ${what}`, { ...more, documentOnly: true });
}
