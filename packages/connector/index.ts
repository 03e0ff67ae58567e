export * from './connector-error.ts';
export * from './http-client.ts';
export * from './publisher.ts';
