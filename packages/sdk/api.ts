/**
 * Every endpoint of the control API with its types, error codes and permissions: what `client.call` takes.
 */
export * from '@holdfast/api';
