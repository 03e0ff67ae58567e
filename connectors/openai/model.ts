import type { ConnectorContext } from '@holdfast/connector';
import { type Conversation, type ModelAnswer, type ModelCall, type ModelService, modelService } from '@holdfast/model-tasks';
import OpenAI from 'openai';
import type { OpenaiOptions } from './options.ts';

type Request = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;
type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

/** platform.openai.com/docs/guides/images-vision: 50 MB a request; an image is a third longer in base64. */
const IMAGE_MAXIMUM_BYTES = 20 * 1024 * 1024;

/** OpenAI's own services know `max_tokens` no more for models that reason; most others know nothing else. */
const OF_OPENAI = /(?:^|\.)(?:openai\.com|openai\.azure\.com|services\.ai\.azure\.com|cognitiveservices\.azure\.com)$/;

/**
 * The service for one document, or for a connection test.
 *
 * @param document its name, for failures; none in a connection test.
 */
export function serviceOf(settings: OpenaiOptions, context: ConnectorContext, document?: string): ModelService {
  const api = {
    schemaInWords: settings.task.schema !== undefined && (settings.answerForm === 'json-object' || settings.answerForm === 'text'),
    imageMaximumBytes: IMAGE_MAXIMUM_BYTES,
    send: (conversation: Conversation, call: ModelCall) =>
      clientOf(settings, call).chat.completions.create(requestOf(settings, conversation)),
    read: readCompletion,
  };
  return modelService(api, settings, context, document);
}

/** The SDK with our way out, its retries off and nothing taken from the environment. */
function clientOf({ apiKey, baseUrl }: OpenaiOptions, { fetch, wholeMilliseconds }: ModelCall): OpenAI {
  return new OpenAI({
    apiKey,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: baseUrl.href,
    maxRetries: 0,
    // The egress says more precisely what took too long; this is for an answer that comes slowly.
    timeout: wholeMilliseconds,
    logLevel: 'off',
    fetch,
  });
}

function requestOf({ task, model, baseUrl, answerForm }: OpenaiOptions, conversation: Conversation): Request {
  const limit = OF_OPENAI.test(baseUrl.hostname)
    ? { max_completion_tokens: task.maximumOutputTokens }
    : { max_tokens: task.maximumOutputTokens };
  return {
    model,
    messages: messagesOf(conversation),
    ...limit,
    ...(task.temperature !== undefined && { temperature: task.temperature }),
    ...(task.schema !== undefined && answerForm !== 'text' && { response_format: formatOf(task, answerForm) }),
  };
}

function formatOf({ kind, schema }: OpenaiOptions['task'], form: OpenaiOptions['answerForm']): Request['response_format'] {
  if (form === 'json-object') return { type: 'json_object' };
  // The schema of labels is ours, and fits what strict asks for.
  const strict = form === 'json-schema-strict' || kind === 'classify';
  return { type: 'json_schema', json_schema: { name: 'answer', schema: { ...schema }, strict } };
}

function messagesOf({ system, introduction, input, rejected }: Conversation): Message[] {
  const user: Message =
    input.kind === 'text'
      ? { role: 'user', content: `${introduction}\n\n${input.text}` }
      : {
          role: 'user',
          content: [
            { type: 'text', text: introduction },
            { type: 'image_url', image_url: { url: `data:${input.mediaType};base64,${input.base64}` } },
          ],
        };
  const messages: Message[] = [{ role: 'system', content: system }, user];
  if (rejected !== undefined) {
    messages.push({ role: 'assistant', content: rejected.answer }, { role: 'user', content: rejected.correction });
  }
  return messages;
}

/** Other services send what they like; `undefined` for what is no completion. */
function readCompletion(answer: unknown): ModelAnswer | undefined {
  const { choices, usage } = (
    typeof answer === 'object' && answer !== null ? answer : {}
  ) as Partial<OpenAI.Chat.Completions.ChatCompletion>;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  if (typeof choice?.message !== 'object' || choice.message === null) return undefined;
  const { content, refusal } = choice.message;
  const refused = (typeof refusal === 'string' && refusal !== '') || choice.finish_reason === 'content_filter';
  const counted = typeof usage?.prompt_tokens === 'number' && typeof usage.completion_tokens === 'number';
  return {
    text: typeof content === 'string' ? content : '',
    ended: refused ? 'refused' : choice.finish_reason === 'length' ? 'cut' : 'whole',
    tokens: counted ? { input: usage.prompt_tokens, output: usage.completion_tokens } : undefined,
  };
}
