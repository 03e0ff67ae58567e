export * from './connector.ts';
export * from './connector-error.ts';
export * from './connector-error-in.ts';
export * from './context.ts';
export * from './documents.ts';
export * from './network-error.ts';
export * from './once-for-use.ts';
