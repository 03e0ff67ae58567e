export * from './content-type.ts';
export * from './endpoint.ts';
export * from './endpoints/index.ts';
export * from './error-codes.ts';
export * from './permissions.ts';
export * from './plain-name.ts';
export * from './schemas.ts';
export * from './tokens.ts';
