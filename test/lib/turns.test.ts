// Actions that take turns: each can be held up by the test.
import { expect, it } from 'vitest';
import { Turns } from '../../app/lib/turns.ts';

function tried() {
  const turns = new Turns();
  const happened: string[] = [];
  const take = (name: string) => {
    const gate = Promise.withResolvers<string>();
    const done = turns.take(async () => {
      happened.push(`${name} begins`);
      await gate.promise.finally(() => happened.push(`${name} ends`));
      return name;
    });
    return { done, end: () => gate.resolve(''), fail: (error: Error) => gate.reject(error) };
  };
  return { turns, happened, take };
}

it('happen one after the other, in the order in which they were asked for', async () => {
  const { turns, happened, take } = tried();
  const [first, second, third] = [take('first'), take('second'), take('third')];
  third.end();
  second.end();
  first.end();
  expect(await Promise.all([first.done, second.done, third.done])).toEqual(['first', 'second', 'third']);
  const names = ['first', 'second', 'third'];
  expect(happened).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
  await turns.over();
});

it('one that fails tells whoever asked for it, and nobody else', async () => {
  const { turns, take } = tried();
  const [first, second] = [take('first'), take('second')];
  first.fail(new Error('no luck'));
  second.end();
  await expect(first.done).rejects.toThrow('no luck');
  expect(await second.done).toBe('second');
  await expect(turns.over()).resolves.toBeUndefined();
});

it('are over when the last of them is', async () => {
  const { turns, happened, take } = tried();
  const [first, second] = [take('first'), take('second')];
  const over = turns.over().then(() => happened.push('over'));
  first.end();
  await first.done;
  second.end();
  await over;
  expect(happened.at(-1)).toBe('over');
  expect(happened).toHaveLength(5);
});
