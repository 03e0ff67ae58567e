import type { Connector } from '@holdfast/connector';
import { anthropicModel } from '@holdfast/connector-anthropic';
import { azureBlob, azureBlobSource } from '@holdfast/connector-azure-blob';
import { emailPublisher } from '@holdfast/connector-email';
import { httpModel, httpPublisher, httpSource } from '@holdfast/connector-http';
import { openaiModel } from '@holdfast/connector-openai';
import { postgresPublisher, postgresSource } from '@holdfast/connector-postgres';
import { s3Publisher, s3Source } from '@holdfast/connector-s3';
import { sftpPublisher, sftpSource } from '@holdfast/connector-sftp';
import { webhookPublisher } from '@holdfast/connector-webhook';

/** Every type that this data plane can run, of any role: one line for each, and its folder in connectors/. */
const ALL: readonly Connector[] = [
  // sources
  azureBlobSource,
  httpSource,
  postgresSource,
  s3Source,
  sftpSource,
  // models
  anthropicModel,
  httpModel,
  openaiModel,
  // publishers
  azureBlob,
  emailPublisher,
  httpPublisher,
  postgresPublisher,
  s3Publisher,
  sftpPublisher,
  webhookPublisher,
];

/** By component type. */
export const connectors: ReadonlyMap<string, Connector> = new Map(ALL.map((connector) => [connector.type.type, connector]));
