import { type Component, type ComponentType, type Project, testComponent, testUnsavedComponent } from '@holdfast/api';
import { useEffect, useRef, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf } from '../../api/problem.ts';
import type { Submission } from '../../forms/configuration-form.tsx';
import { sealOwnValues } from '../../forms/own-values.ts';
import type { TestState } from './test-result.tsx';

interface ConnectionTest {
  readonly test: TestState;
  /** What is saved. */
  testSaved(component: Component): Promise<void>;
  /**
   * What stands in the form, saved or not. Typed values are sealed first, and the same seals are saved
   * afterwards.
   *
   * @returns an error that belongs beside the form's fields.
   */
  testForm(submission: Submission, name: string): Promise<unknown>;
  /** The form was changed: the answer is about what is not there any more. A test that runs goes on. */
  forget(): void;
}

/** Tries a component against the real service. */
export function useConnectionTest(project: Project, type: ComponentType, component: Component | undefined): ConnectionTest {
  const organization = useOrganization();
  const trySaved = useCommand(testComponent);
  const tryUnsaved = useCommand(testUnsavedComponent);
  const [test, setTest] = useState<TestState>({ state: 'idle' });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  async function testSaved({ id }: Component) {
    setTest({ state: 'running' });
    try {
      const answer = await trySaved.mutateAsync({ params: { project: project.id, component: id } });
      setTest({ state: 'answered', answer });
    } catch (error) {
      setTest({ state: 'problem', error });
    }
  }

  async function testForm({ configuration, typedOptions, plainOptions, handles }: Submission, name: string) {
    setTest({ state: 'running' });
    running.current = new AbortController();
    const { signal } = running.current;
    try {
      const sealedOptions = await sealOwnValues(organization, handles, typedOptions, signal);
      if (sealedOptions === undefined) return setTest({ state: 'idle' });
      const saved = component === undefined ? {} : { componentId: component.id };
      const answer = await tryUnsaved.mutateAsync({
        params: { project: project.id },
        body: { name: name.trim() || type.title, type: type.type, ...saved, configuration, sealedOptions, plainOptions },
        signal,
      });
      setTest({ state: 'answered', answer });
    } catch (error) {
      // The form is left.
      if (signal.aborted) return;
      const { code, fields } = problemOf(error);
      const besideFields = code === 'sealing_key_stale' || fields.size > 0;
      setTest(besideFields ? { state: 'idle' } : { state: 'problem', error });
      if (besideFields) return error;
    }
  }

  return {
    test,
    testSaved,
    testForm,
    forget: () => setTest(({ state }) => (state === 'running' ? { state } : { state: 'idle' })),
  };
}
