import type { ComponentType } from '@holdfast/configuration';
import { anthropicModelType } from '@holdfast/connector-anthropic/types';
import { azureBlobSourceType, azureBlobType } from '@holdfast/connector-azure-blob/types';
import { emailPublisherType } from '@holdfast/connector-email/types';
import { httpModelType, httpPublisherType, httpSourceType } from '@holdfast/connector-http/types';
import { openaiModelType } from '@holdfast/connector-openai/types';
import { postgresPublisherType, postgresSourceType } from '@holdfast/connector-postgres/types';
import { s3PublisherType, s3SourceType } from '@holdfast/connector-s3/types';
import { sftpPublisherType, sftpSourceType } from '@holdfast/connector-sftp/types';
import { webhookPublisherType } from '@holdfast/connector-webhook/types';

/**
 * Every kind of component that can be configured, as pure data: what talks to the service is loaded by the
 * data plane alone. A new connector adds its type here.
 */
export const COMPONENT_TYPES: readonly ComponentType[] = [
  // sources
  azureBlobSourceType,
  httpSourceType,
  postgresSourceType,
  s3SourceType,
  sftpSourceType,
  // models
  anthropicModelType,
  httpModelType,
  openaiModelType,
  // publishers
  azureBlobType,
  emailPublisherType,
  httpPublisherType,
  postgresPublisherType,
  s3PublisherType,
  sftpPublisherType,
  webhookPublisherType,
];

export function componentTypeOf(type: string): ComponentType | undefined {
  return COMPONENT_TYPES.find((candidate) => candidate.type === type);
}
