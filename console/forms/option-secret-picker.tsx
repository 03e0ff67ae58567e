import { DestinationWords } from './destination-words.tsx';
import { SecretPicker, type SecretPickerProps } from './secret-picker.tsx';
import { useSurroundings } from './sensitive-option-context.ts';

/** A secret for a sensitive option of the form around it, and where that sends it. */
export function OptionSecretPicker(props: Omit<SecretPickerProps, 'projectId' | 'addSecret' | 'askForSecret'>) {
  const { projectId, addSecret, askForSecret } = useSurroundings();
  const { secretName, state } = props.choice;
  return (
    <div>
      <SecretPicker {...props} projectId={projectId} addSecret={addSecret} askForSecret={askForSecret} />
      {secretName === null || state !== 'ok' ? null : <DestinationWords option={props.option} secretName={secretName} />}
    </div>
  );
}
