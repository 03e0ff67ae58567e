import type { Component, ComponentType } from '@holdfast/api';
import {
  credentialIn,
  type FoundCredential,
  type OptionSchema,
  optionFault,
  referenceTo,
  suggestSensitiveOption,
} from '@holdfast/configuration';
import { Stack } from '@mantine/core';
import { withTheme } from '@rjsf/core';
import { generateTheme } from '@rjsf/mantine';
import type { CustomValidator, ErrorSchema, ObjectFieldTemplateProps } from '@rjsf/utils';
import { type ReactNode, type RefObject, useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { CREDENTIAL_LEFT } from './credential-notice.tsx';
import {
  asRead,
  configurationOf,
  type FormData,
  formSchema,
  formUiSchema,
  initialFormData,
  isRequired,
  isShown,
  nameForOption,
  optionsOf,
  sectionsOf,
  sensitiveOptionsOf,
} from './form-schema.ts';
import { OptionCheckbox, OptionInput, OptionSelect } from './option-widgets.tsx';
import type { OwnValueHandles } from './own-values.ts';
import { Panel } from './panel.tsx';
import { choiceOf, isEmpty, isTyped, NOTHING_CHOSEN, namesIn, type SensitiveChoice } from './sensitive-choice.ts';
import { SensitiveOption } from './sensitive-option.tsx';
import { type AddSecret, SensitiveOptionContext, useSurroundings } from './sensitive-option-context.ts';
import { validatorOf } from './validator.ts';

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
  /** Options that stand in clear although they look like a credential. */
  plainOptions: string[];
  handles: OwnValueHandles;
}

export interface ConfigurationFormProps {
  /** Of the form element, so that a button elsewhere can submit it. */
  id: string;
  type: ComponentType;
  component: Component | undefined;
  projectId: string;
  readOnly: boolean;
  /** The server's words by option. */
  problems: ReadonlyMap<string, string>;
  addSecret: AddSecret | undefined;
  askForSecret: ((suggestedName: string, option: string) => void) | undefined;
  onChange: () => void;
  /** Chooses an organization secret for an option, as its dropdown does. */
  chooser?: RefObject<((option: string, secretName: string) => void) | null>;
  onSubmit: (submission: Submission) => void;
  /** Something beside a field says why it cannot be sent. */
  onInvalid: () => void;
  children?: ReactNode;
}

/** Who pauses in typing reads what is wrong; who goes on is not interrupted. */
const TYPING_PAUSE_MILLISECONDS = 600;

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
  const waiting = useRef(new Map<string, string>()).current;
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(pause.current), []);
  const [accepted, setAccepted] = useState<ReadonlyMap<string, string>>(new Map());
  const validator = useMemo(() => validatorOf((formData, option) => isShown(type, (formData ?? {}) as FormData, option)), [type]);
  const isAccepted = (option: string, text: string) => accepted.get(option) === text || component?.configuration[option] === text;
  const surroundings = {
    projectId: props.projectId,
    type,
    data,
    handles,
    addSecret: props.addSecret,
    askForSecret: props.askForSecret,
    isAccepted,
    accept: (option: string, text: string) => {
      setAccepted((former) => new Map([...former, [option, text]]));
      props.onChange();
    },
    sealAway,
  };
  // A value that goes from one option into another is put in when the other is drawn.
  useEffect(() => {
    if (waiting.size === 0) return;
    const timer = setTimeout(() => {
      for (const [option, value] of waiting) {
        const handle = handles.get(option);
        if (handle === undefined) continue;
        waiting.delete(option);
        handle.fill(value);
      }
    });
    return () => clearTimeout(timer);
  });
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

  /**
   * A field is checked when typing pauses and when it is left; one that is left empty only when the form is
   * submitted.
   */
  function checkField(id: string, value: unknown) {
    const option = id.replace(/^option_/, '');
    const schemaOfOption = optionsOf(type).find(([name]) => name === option)?.[1];
    const isNumber = schemaOfOption?.type === 'integer' || schemaOfOption?.type === 'number';
    const isChecked = schemaOfOption !== undefined && schemaOfOption['x-secret'] !== true && value !== '' && value !== undefined;
    const wrong = isChecked ? optionFault(schemaOfOption as unknown as OptionSchema, isNumber ? Number(value) : value) : undefined;
    setLeft((former) => withProblem(former, option, wrong));
  }

  /**
   * Into the sensitive option of the type that it fits; else, by who may, into a secret of the organization.
   */
  function sealAway(option: string, found: FoundCredential): (() => void) | undefined {
    const elsewhere = suggestSensitiveOption(asRead(type), data, option, found);
    if (elsewhere !== undefined) {
      return () => {
        waiting.set(elsewhere.option, elsewhere.value);
        const stored =
          choiceOf(component, elsewhere.option).source === 'own-value' && component !== undefined && isStored(component, elsewhere.option);
        const typed: SensitiveChoice = { source: 'own-value', stored, replacing: stored, filled: true };
        setData((former) => ({ ...former, ...elsewhere.changes, [elsewhere.option]: typed }));
        setLeft((former) => withProblem(former, option, undefined));
        props.onChange();
      };
    }
    const { addSecret } = props;
    if (addSecret === undefined) return undefined;
    const text = String(data[option] ?? '');
    const value = text.slice(found.start, found.end);
    return () =>
      addSecret(
        nameForOption(option),
        () => {
          setData((former) => ({ ...former, [option]: (text.slice(0, found.start) + text.slice(found.end)).trim() }));
          props.onChange();
        },
        { read: () => value, clear: () => {} },
      );
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
        customValidate={checkBeyondSchema(type, isAccepted)}
        {...(extraErrors === undefined ? {} : { extraErrors })}
        experimental_componentUpdateStrategy="shallow"
        onChange={({ formData }, changed) => {
          setData(formData as FormData);
          // The form library also tells of defaults that it fills in by itself; then no field is named.
          if (changed === undefined) return;
          setAnswered(props.problems);
          const option = changed.replace(/^option_/, '');
          setLeft((former) => withProblem(former, option, undefined));
          clearTimeout(pause.current);
          pause.current = setTimeout(() => checkField(option, (formData as FormData)[option]), TYPING_PAUSE_MILLISECONDS);
          props.onChange();
        }}
        onBlur={checkField}
        onError={() => {
          setTried(true);
          setRefusals((count) => count + 1);
          props.onInvalid();
        }}
        onSubmit={({ formData }) => {
          const valid = formData as FormData;
          const typedOptions = sensitiveOptionsOf(type)
            .map(([name]) => name)
            .filter((name) => isShown(type, valid, name) && isTyped((valid[name] as SensitiveChoice | undefined) ?? NOTHING_CHOSEN));
          const configuration = configurationOf(type, valid);
          const plainOptions = [...accepted].filter(([option, text]) => configuration[option] === text).map(([option]) => option);
          props.onSubmit({ configuration, typedOptions, plainOptions, handles });
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

function isStored(component: Component, option: string): boolean {
  return component.sensitiveOptions.some((saved) => saved.option === option && saved.source === 'own-value');
}

/**
 * What JSON Schema cannot tell: whether a sensitive option is filled, whose value is not in the form's data;
 * what a text holds; and whether something secret stands in clear.
 */
function checkBeyondSchema(type: ComponentType, isAccepted: (option: string, text: string) => boolean): CustomValidator<FormData> {
  return (data, errors) => {
    for (const [name, option] of optionsOf(type)) {
      const value = data?.[name];
      if (typeof value !== 'string' || !isShown(type, data ?? {}, name)) continue;
      const fault = optionFault(option as unknown as OptionSchema, value);
      // What its schema says is said already.
      if (fault !== undefined && 'contentMediaType' in option && !errors[name]?.__errors?.length) errors[name]?.addError(fault);
      if (!isAccepted(name, value) && credentialIn(value) !== undefined) errors[name]?.addError(CREDENTIAL_LEFT);
    }
    for (const [name] of sensitiveOptionsOf(type)) {
      if (!isShown(type, data ?? {}, name)) continue;
      const choice = (data?.[name] as SensitiveChoice | undefined) ?? NOTHING_CHOSEN;
      if (choice.source === 'text') {
        const { names, problem } = namesIn(choice.text);
        if (problem !== undefined) errors[name]?.addError(problem);
        else if (names.length === 0)
          errors[name]?.addError(`Name a secret in it, for example ${referenceTo('NAME')}, or enter a value of its own.`);
        else if (!isAccepted(name, choice.text) && credentialIn(choice.text) !== undefined) errors[name]?.addError(CREDENTIAL_LEFT);
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

/**
 * The options in their sections. One that is hidden stays drawn, so that what was typed is there when it
 * comes back. The type's title is the page's.
 */
function Options({ properties }: ObjectFieldTemplateProps) {
  const { type, data } = useSurroundings();
  const contents = new Map(properties.filter((element) => !element.hidden).map(({ name, content }) => [name, content]));
  return (
    <Stack gap="md">
      {sectionsOf(type).map(({ title, options }) => (
        <div key={options[0]} hidden={!options.some((option) => isShown(type, data, option))}>
          <Panel {...(title === undefined ? {} : { title })}>
            <Stack gap="lg">
              {options.map((option) => (
                <div key={option} hidden={!isShown(type, data, option)}>
                  {contents.get(option)}
                </div>
              ))}
            </Stack>
          </Panel>
        </div>
      ))}
    </Stack>
  );
}
