import type { z } from 'zod';

/**
 * Checks a form with the endpoint's own schema before it is sent, so that the words beside a field are the
 * same ones that the server would answer. The keys are dotted names of fields, as @mantine/form takes them.
 */
export function fieldErrors(schema: z.ZodType, values: unknown): Record<string, string> {
  const checked = schema.safeParse(values);
  if (checked.success) return {};
  const errors: Record<string, string> = {};
  for (const issue of checked.error.issues) {
    const field = issue.path.join('.');
    errors[field] ??=
      issue.code === 'invalid_format' && issue.format === 'email' ? 'Enter an e-mail address, like name@example.com.' : issue.message;
  }
  return errors;
}
