import type { ConnectorContext } from '@holdfast/connector';
import type { Conversation } from './conversation.ts';
import { answerTooLarge, explainModelFailure, notUnderstood } from './failures.ts';
import { limitedAnswer } from './limited-answer.ts';
import type { ModelTask } from './task.ts';
import type { ModelAnswer, ModelService } from './transform.ts';

const CHECK_MILLISECONDS = 20_000;

export interface ModelSettings {
  readonly task: ModelTask;
  readonly baseUrl: URL;
  readonly model: string;
}

/** One request to a service. */
export interface ModelCall {
  /** For the SDK: answers become documents (`fetchDocument`), and have 16 MiB at most. */
  readonly fetch: typeof globalThis.fetch;
  /** Until the answer is there. */
  readonly wholeMilliseconds: number;
}

/** What differs between services. */
export interface ModelApi extends Pick<ModelService, 'schemaInWords' | 'imageMaximumBytes'> {
  /** Sends one request. What it rejects with is explained by {@link explainModelFailure}. */
  send(conversation: Conversation, call: ModelCall): Promise<unknown>;
  /** `undefined` for what is no answer of this API. */
  read(answer: unknown): ModelAnswer | undefined;
}

/**
 * A service for one document, or for a connection test: its limits of time and size, and its failures in
 * words.
 *
 * @param document its name, for failures; a connection test has none, and 24 seconds.
 * @throws nothing by itself: `ask` rejects with what {@link explainModelFailure} makes of a failure, and with
 *   ConnectorError `answer_invalid` (documentOnly) for an answer in another form than the API's, or of more
 *   than 16 MiB.
 */
export function modelService(
  api: ModelApi,
  { task, baseUrl, model }: ModelSettings,
  { signal, fetchDocument }: Pick<ConnectorContext, 'signal' | 'fetchDocument'>,
  document: string | undefined,
): ModelService {
  const attempt = { host: baseUrl.host, model, signal, ...(document !== undefined && { document }) };
  const { answerMilliseconds, wholeMilliseconds } =
    document === undefined
      ? { answerMilliseconds: CHECK_MILLISECONDS, wholeMilliseconds: CHECK_MILLISECONDS + 4_000 }
      : { answerMilliseconds: task.answerMilliseconds, wholeMilliseconds: task.answerMilliseconds + 60_000 };
  const call: ModelCall = {
    // The SDKs read an answer to its end, whatever its length.
    fetch: async (input, init) => limitedAnswer(await fetchDocument(input, { ...init, answerMilliseconds }), () => answerTooLarge(attempt)),
    wholeMilliseconds,
  };
  return {
    schemaInWords: api.schemaInWords,
    imageMaximumBytes: api.imageMaximumBytes,
    async ask(conversation) {
      let answer: unknown;
      try {
        answer = await api.send(conversation, call);
      } catch (error) {
        throw explainModelFailure(error, attempt);
      }
      const read = api.read(answer);
      if (read === undefined) throw notUnderstood(attempt);
      return read;
    },
  };
}
