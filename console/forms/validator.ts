import { checkAgainstSchema, fitsSchema } from '@holdfast/configuration';
import {
  createErrorHandler,
  type RJSFSchema,
  type RJSFValidationError,
  toErrorSchema,
  unwrapErrorHandler,
  type ValidatorType,
  validationDataMerge,
} from '@rjsf/utils';

/**
 * Validates forms against JSON Schema 2020-12 by interpreting it. The form library's own validator compiles
 * schemas to functions, which the content security policy forbids.
 */
export const validator: ValidatorType = validatorOf(() => true);

/** @param shown whether an option is there, by what the form holds: what is hidden has no problems. */
export function validatorOf(shown: (formData: unknown, option: string) => boolean): ValidatorType {
  return {
    validateFormData(formData, schema, customValidate, transformErrors, uiSchema) {
      const found = problems(schema, formData).filter(({ property }) => shown(formData, property?.slice(1).split('.')[0] ?? ''));
      const errors = transformErrors === undefined ? found : transformErrors(found, uiSchema);
      const errorSchema = toErrorSchema(errors);
      if (customValidate === undefined) return { errors, errorSchema };
      const custom = customValidate(formData, createErrorHandler(formData), uiSchema, errorSchema);
      return validationDataMerge({ errors, errorSchema }, unwrapErrorHandler(custom));
    },
    isValid(schema, formData, rootSchema) {
      const definitions = rootSchema.$defs === undefined || schema.$defs !== undefined ? schema : { ...schema, $defs: rootSchema.$defs };
      try {
        return fitsSchema(definitions, formData);
      } catch {
        return false;
      }
    },
    rawValidation(schema, formData) {
      return { errors: problems(schema, formData) as never[] };
    },
  };
}

function problems(schema: RJSFSchema, formData: unknown): RJSFValidationError[] {
  return checkAgainstSchema(schema, formData).map(({ path, keyword, message }) => ({
    name: keyword,
    property: path.map((segment) => `.${segment}`).join(''),
    message,
    stack: message,
  }));
}

// Takes the place of the validator that compiles schemas with eval (see vite.config.ts).
export default validator;
