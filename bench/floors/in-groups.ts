/**
 * Work of many callers in natural groups: while one group is under way the next one gathers, and leaves when
 * it has landed. No timer. `work` answers in the order of the group.
 */
export function inGroups<Item, Answer>(work: (group: Item[]) => Promise<readonly Answer[]>): (item: Item) => Promise<Answer> {
  let gathering: { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  let underWay = false;

  async function go(): Promise<void> {
    underWay = true;
    while (gathering.length > 0) {
      const group = gathering;
      gathering = [];
      try {
        const answers = await work(group.map(({ item }) => item));
        group.forEach(({ resolve }, position) => {
          resolve(answers[position] as Answer);
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    underWay = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      gathering.push({ item, resolve, reject });
      if (!underWay) {
        underWay = true;
        queueMicrotask(go);
      }
    });
}
