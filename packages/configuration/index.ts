export * from './check-configuration.ts';
export * from './check-options.ts';
export * from './component-type.ts';
export * from './credential-in.ts';
export * from './destinations.ts';
export * from './part-name.ts';
export * from './template.ts';
