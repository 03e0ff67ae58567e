/** What every model connector shares: tasks, what is said to a model, the check of answers, failures. */
export { requireAnswerLevels } from './answer-levels.ts';
export { type ModelApiConnector, modelConnector } from './connector.ts';
export type { Conversation } from './conversation.ts';
export type { DocumentInput, ImageType } from './document-input.ts';
export { readApiKey, readBaseUrl } from './endpoint.ts';
export { limitedAnswer } from './limited-answer.ts';
export { type AnswerSchema, schemaFault } from './schema-fault.ts';
export { type ModelCall, modelService } from './service.ts';
export { type ModelTask, readTask } from './task.ts';
export type { ModelAnswer, ModelService } from './transform.ts';
export type { Tokens } from './usage.ts';
