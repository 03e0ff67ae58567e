import { Text } from '@mantine/core';
import { EXAMPLES, type Example } from '../../../examples/index.ts';
import { typesInWords } from '../../../examples/words.ts';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { secretKindInSentence } from '../../ui/secret-kind-words.ts';
import { Tag } from '../../ui/tag.tsx';
import classes from './example-cards.module.css';

/** The gallery: what each example does, which secrets it needs, and through which components it goes. */
export function ExampleCards({ projectId }: { projectId: string }) {
  return (
    <ul className={classes.cards} aria-label="Examples">
      {EXAMPLES.map((example) => (
        <li key={example.name} className={classes.card}>
          <Card example={example} projectId={projectId} />
        </li>
      ))}
    </ul>
  );
}

function Card({ example, projectId }: { example: Example; projectId: string }) {
  const { slug } = useOrganization();
  return (
    <>
      <TextLink
        fw={600}
        className={classes.title}
        to="/organizations/$organization/projects/$project/examples/$example"
        params={{ organization: slug, project: projectId, example: example.name }}
      >
        {example.title}
      </TextLink>
      <Text size="sm" c="dimmed">
        {example.description}
      </Text>
      <div className={classes.needs}>
        <Text size="xs" c="dimmed">
          {typesInWords(example)}
        </Text>
        <ul className={classes.secrets} aria-label={`Secrets of ${example.title}`}>
          {example.secrets.map(({ name, kind }) => (
            <li key={name}>
              <span className="mono">{name}</span>
              <Tag>{secretKindInSentence(kind)}</Tag>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
