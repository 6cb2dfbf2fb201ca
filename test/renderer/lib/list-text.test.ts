import { expect, test } from 'vitest';
import { FAILURE_CODES } from '../../../app/domain/failure.ts';
import { failureName, firstSentence } from '../../../renderer/lib/failure-names.ts';
import { shortFolder } from '../../../renderer/lib/folders.ts';
import { groupLeftOut } from '../../../renderer/lib/left-out.ts';

test('a long path is told by its last parts, in its own spelling', () => {
  expect(shortFolder('/home/anna/Pictures/2026/Wedding')).toBe('…/2026/Wedding');
  expect(shortFolder('C:\\Users\\Anna\\Pictures\\Wedding')).toBe('…\\Pictures\\Wedding');
  expect(shortFolder('/photos')).toBe('/photos');
});

test('every failure has a short name, and none is a code', () => {
  for (const code of FAILURE_CODES) {
    expect(failureName(code), code).toMatch(/^\p{Lu}[^_]+[^.]$/u);
    expect(failureName(code).length, code).toBeLessThan(90);
  }
});

test('a failure of a version to come is told by its code, readably', () => {
  expect(failureName('solar_storm')).toBe('solar storm');
});

test('the first sentence is what happened', () => {
  expect(firstSentence('The photo is damaged. Copy it again.')).toBe('The photo is damaged');
  expect(firstSentence('No more')).toBe('No more');
});

test('left-out files are gathered by reason, the most telling first, in words that fit their number', () => {
  const file = (name: string, reason: string) => ({ name, reason, message: '' });
  const groups = groupLeftOut([
    file('.DS_Store', 'junk'),
    file('a.txt', 'not_a_photo'),
    file('x', 'never heard of'),
    file('a.CR3', 'raw'),
    file('c.HEIC', 'heic'),
    file('b.CR3', 'raw'),
  ]);
  expect(groups.map(({ text, files }) => [files.length, text])).toEqual([
    [2, 'are RAW files'],
    [1, 'is a HEIC photo'],
    [1, 'is not a photo'],
    [1, 'is a file of the system or unfinished'],
    [1, 'cannot be taken'],
  ]);
});
