import { describe, expect, it } from 'vitest';
import { nameFilter } from '../../app/watch/patterns.ts';

const passes = (include: string[], exclude: string[], name: string) => nameFilter({ include, exclude })(name);

describe('name filters', () => {
  it('let everything through when there are none', () => {
    expect(passes([], [], 'IMG_1.jpg')).toBe(true);
  });

  it.each([
    ['*.jpg', 'IMG_1.JPG', true],
    ['*.jpg', 'IMG_1.jpeg', false],
    ['img_*', 'IMG_1.jpg', true],
    ['*edit*', 'IMG_edit_1.jpg', true],
    ['*edit*', 'edit', true],
    ['IMG_????.jpg', 'IMG_0001.jpg', true],
    ['IMG_????.jpg', 'IMG_00001.jpg', false],
    ['?.jpg', '🏔.jpg', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'acb', false],
    ['*ab', 'aab', true],
    ['ab*ba', 'aba', false],
    ['**', '', true],
    ['', 'x', false],
    ['cafe\u0301*', 'CAFÉ.jpg', true],
    ['[a].jpg', '[A].jpg', true],
    ['[a].jpg', 'a.jpg', false],
    ['a.c*', 'abc.jpg', false],
    ['(x|y)+$', '(x|y)+$', true],
  ])('match %s with %s: %s', (pattern, name, expected) => {
    expect(passes([pattern], [], name)).toBe(expected);
    expect(passes([], [pattern], name)).toBe(!expected);
  });

  it('leave out what is to be left out, whatever lets it in', () => {
    expect(passes(['*.jpg'], ['*_bad.*'], 'a.jpg')).toBe(true);
    expect(passes(['*.jpg'], ['*_bad.*'], 'a_bad.jpg')).toBe(false);
  });

  it('take no time over the worst of patterns and names', () => {
    expect(passes([`${'*a'.repeat(90)}*b`], [], 'a'.repeat(250))).toBe(false);
  });
});
