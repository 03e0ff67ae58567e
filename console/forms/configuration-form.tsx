import type { Component, ComponentType } from '@holdfast/api';
import { referenceTo } from '@holdfast/configuration';
import { Stack } from '@mantine/core';
import { withTheme } from '@rjsf/core';
import { generateTheme } from '@rjsf/mantine';
import type { CustomValidator, ErrorSchema, ObjectFieldTemplateProps } from '@rjsf/utils';
import { type ReactNode, type RefObject, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import {
  configurationOf,
  type FormData,
  formSchema,
  formUiSchema,
  initialFormData,
  isRequired,
  optionsOf,
  sensitiveOptionsOf,
} from './form-schema.ts';
import { OptionCheckbox, OptionInput, OptionSelect } from './option-widgets.tsx';
import type { OwnValueHandles } from './own-values.ts';
import { Panel } from './panel.tsx';
import { isEmpty, isTyped, NOTHING_CHOSEN, namesIn, type SensitiveChoice } from './sensitive-choice.ts';
import { SensitiveOption } from './sensitive-option.tsx';
import { SensitiveOptionContext } from './sensitive-option-context.ts';
import { firstProblem, validator } from './validator.ts';

const theme = generateTheme();
const Form = withTheme({
  ...theme,
  widgets: { ...theme.widgets, CheckboxWidget: OptionCheckbox, SelectWidget: OptionSelect },
  templates: { ...theme.templates, BaseInputTemplate: OptionInput, ObjectFieldTemplate: Options },
});
const FIELDS = { SensitiveOption };

/** What a valid form hands over. Values that were typed stay in their inputs; `typedOptions` names them. */
export interface Submission {
  configuration: Record<string, unknown>;
  typedOptions: string[];
  handles: OwnValueHandles;
}

interface ConfigurationFormProps {
  /** Of the form element, so that a button elsewhere can submit it. */
  id: string;
  type: ComponentType;
  component: Component | undefined;
  projectId: string;
  readOnly: boolean;
  /** The server's words by option. */
  problems: ReadonlyMap<string, string>;
  addSecret: ((suggestedName: string, chosen: (name: string) => void) => void) | undefined;
  onChange: () => void;
  /** Chooses an organization secret for an option, as its dropdown does. */
  chooser?: RefObject<((option: string, secretName: string) => void) | null>;
  onSubmit: (submission: Submission) => void;
  /** Something beside a field says why it cannot be sent. */
  onInvalid: () => void;
  children?: ReactNode;
}

/** The form of a component, drawn from the JSON Schema of its type. */
export function ConfigurationForm({ type, component, ...props }: ConfigurationFormProps) {
  const schema = useMemo(() => formSchema(type), [type]);
  const uiSchema = useMemo(() => ({ ...formUiSchema(type), 'ui:submitButtonOptions': { norender: true } }), [type]);
  const [data, setData] = useState<FormData>(() => initialFormData(type, component));
  const [tried, setTried] = useState(false);
  const [refusals, setRefusals] = useState(0);
  const [answered, setAnswered] = useState<ReadonlyMap<string, string>>();
  const [left, setLeft] = useState<ReadonlyMap<string, string>>(new Map());
  const handles = useRef<OwnValueHandles>(new Map()).current;
  const surroundings = useMemo(
    () => ({ projectId: props.projectId, type, data, handles, addSecret: props.addSecret }),
    [props.projectId, type, data, handles, props.addSecret],
  );
  useImperativeHandle(props.chooser, () => (option: string, secretName: string) => {
    setData((former) => ({ ...former, [option]: chosenIn(former[option] as SensitiveChoice | undefined, secretName) }));
    props.onChange();
  });
  // What the server said of an option holds until the option is changed.
  const shownProblems = new Map([...(tried ? [] : left), ...(props.problems === answered ? [] : props.problems)]);
  const extraErrors = errorSchemaOf(shownProblems);
  // Once what the server said is drawn, the first option that it is about has the focus.
  useEffect(() => {
    const first = optionsOf(type).find(([option]) => props.problems.has(option));
    if (first !== undefined) focusField({ property: first[0] });
  }, [props.problems, type]);

  // By the order on the page; a faulty field before the form has the focus already.
  useEffect(() => {
    if (refusals === 0 || document.activeElement?.matches('[aria-invalid="true"]')) return;
    document.getElementById(props.id)?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusals, props.id]);

  /** A field is checked when it is left; one that is left empty only when the form is submitted. */
  function checkWhatIsLeft(id: string, value: unknown) {
    const option = id.replace(/^option_/, '');
    const schemaOfOption = optionsOf(type).find(([name]) => name === option)?.[1];
    const isNumber = schemaOfOption?.type === 'integer' || schemaOfOption?.type === 'number';
    const wrong =
      schemaOfOption === undefined || value === '' || value === undefined
        ? undefined
        : firstProblem(schemaOfOption, isNumber ? Number(value) : value);
    setLeft((former) => withProblem(former, option, wrong));
  }

  return (
    <SensitiveOptionContext value={surroundings}>
      <Form
        id={props.id}
        schema={schema}
        uiSchema={uiSchema}
        validator={validator}
        fields={FIELDS}
        formData={data}
        idPrefix="option"
        readonly={props.readOnly}
        noHtml5Validate
        showErrorList={false}
        liveValidate={tried ? 'onChange' : false}
        focusOnFirstError={false}
        customValidate={requireSensitive(type)}
        {...(extraErrors === undefined ? {} : { extraErrors })}
        experimental_componentUpdateStrategy="shallow"
        onChange={({ formData }, changed) => {
          setData(formData as FormData);
          // The form library also tells of defaults that it fills in by itself; then no field is named.
          if (changed === undefined) return;
          setAnswered(props.problems);
          setLeft((former) => withProblem(former, changed.replace(/^option_/, ''), undefined));
          props.onChange();
        }}
        onBlur={checkWhatIsLeft}
        onError={() => {
          setTried(true);
          setRefusals((count) => count + 1);
          props.onInvalid();
        }}
        onSubmit={({ formData }) => {
          const valid = formData as FormData;
          const typedOptions = sensitiveOptionsOf(type)
            .map(([name]) => name)
            .filter((name) => isTyped((valid[name] as SensitiveChoice | undefined) ?? NOTHING_CHOSEN));
          props.onSubmit({ configuration: configurationOf(type, valid), typedOptions, handles });
        }}
      >
        {props.children ?? <span />}
      </Form>
    </SensitiveOptionContext>
  );
}

/** A text that names the secret stays as it is: saving it binds the name to the secret that it has now. */
function chosenIn(former: SensitiveChoice | undefined, secretName: string): SensitiveChoice {
  if (former?.source !== 'text') return { source: 'organization-secret', secretName, state: 'ok' };
  return { ...former, saved: former.saved.map((secret) => (secret.name === secretName ? { ...secret, state: 'ok' } : secret)) };
}

/** A sensitive option has no value in the form's data, so JSON Schema cannot tell whether it is filled. */
function requireSensitive(type: ComponentType): CustomValidator<FormData> {
  return (data, errors) => {
    for (const [name] of sensitiveOptionsOf(type)) {
      const choice = (data?.[name] as SensitiveChoice | undefined) ?? NOTHING_CHOSEN;
      if (choice.source === 'text') {
        const { names, problem } = namesIn(choice.text);
        if (problem !== undefined) errors[name]?.addError(problem);
        else if (names.length === 0)
          errors[name]?.addError(`Name a secret in it, for example ${referenceTo('NAME')}, or enter a value of its own.`);
        continue;
      }
      const replacingNothing = choice.source === 'own-value' && choice.stored && choice.replacing;
      if (!isEmpty(choice) || !(isRequired(type, name) || replacingNothing || choice.source === 'organization-secret')) continue;
      errors[name]?.addError(
        choice.source === 'organization-secret' ? 'Choose a secret of the organization.' : 'Enter a value, or use an organization secret.',
      );
    }
    return errors;
  };
}

function withProblem(former: ReadonlyMap<string, string>, option: string, problem: string | undefined): ReadonlyMap<string, string> {
  const next = new Map(former);
  if (problem === undefined) next.delete(option);
  else next.set(option, problem);
  return next;
}

function errorSchemaOf(problems: ReadonlyMap<string, string>): ErrorSchema<FormData> | undefined {
  if (problems.size === 0) return undefined;
  return Object.fromEntries([...problems].map(([option, message]) => [option, { __errors: [message] }])) as ErrorSchema<FormData>;
}

function focusField({ property }: { property?: string }) {
  const option = property?.replace(/^\./, '').split('.')[0];
  const element = option === undefined ? null : document.getElementById(`option_${option}`);
  const target = element?.matches('input, textarea, button') ? element : element?.querySelector<HTMLElement>('textarea, input, button');
  (target as HTMLElement | null | undefined)?.focus();
}

/** The sensitive options in one frame, all others in the next. The type's title is the page's. */
function Options({ properties, schema }: ObjectFieldTemplateProps) {
  const shown = properties.filter((element) => !element.hidden);
  const isSensitive = ({ name }: { name: string }) =>
    (schema.properties?.[name] as { 'x-secret'?: boolean } | undefined)?.['x-secret'] === true;
  const groups = [shown.filter(isSensitive), shown.filter((element) => !isSensitive(element))].filter((group) => group.length > 0);
  return (
    <Stack gap="md">
      {groups.map((group) => (
        <Panel key={group[0]?.name}>
          <Stack gap="lg">
            {group.map((element) => (
              <div key={element.name}>{element.content}</div>
            ))}
          </Stack>
        </Panel>
      ))}
    </Stack>
  );
}
