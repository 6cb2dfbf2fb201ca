// Work on many things with a bound on how many at once.

/**
 * The answers of `work`, in the order of the items. The first rejection ends it: nothing more is begun.
 * @param limit how many at once, 1 or more
 */
export async function mapLimited<Item, Answer>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const rest = items.entries();
  let failed = false;
  const run = async () => {
    for (const [index, item] of rest) {
      if (failed) return;
      try {
        answers[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, run));
  return answers;
}
