// How numbers, names and tables read.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { count, credits, csvCell, duration, printable, shown } from '../../app/cli/text.ts';

describe('text', () => {
  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [59.5, '1 min'],
    [3_599, '1 h'],
    [4_800, '1 h 20 min'],
    [-3, '0 s'],
  ])('tells %d seconds as %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  it('counts one and many', () => {
    expect([count(0, 'photo'), count(1, 'photo'), count(12_345, 'photo')]).toEqual([
      '0 photos',
      '1 photo',
      '12,345 photos',
    ]);
  });

  it('tells credits to a fraction of a cent', () => {
    expect([credits(0.04), credits(12), credits(0.0186)]).toEqual(['0.04 credits', '12.00 credits', '0.0186 credits']);
  });

  it('keeps what a terminal would obey out of a line, and nothing else', () => {
    expect(printable('a\nb\r\u001b[2Jc\u009b1m\u202ed\u2028e')).toBe(
      'a\u{fffd}b\u{fffd}\u{fffd}[2Jc\u{fffd}1m\u{fffd}d\u{fffd}e',
    );
    expect(printable('🏔️ Ærø – “naïve”')).toBe('🏔️ Ærø – “naïve”');
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['=a,"b"', `"'=a,""b"""`],
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [0.04, '0.04'],
    [-1, '-1'],
    [null, ''],
  ])('writes %j into a table as %s', (value, cell) => expect(csvCell(value)).toBe(cell));

  it('shows a path from the working folder when it is below, and in full when it is not', () => {
    expect(shown(join(process.cwd(), 'photos', 'a.jpg'))).toBe(join('photos', 'a.jpg'));
    expect(shown(process.cwd())).toBe('.');
    expect(shown(join(process.cwd(), '..', 'elsewhere'))).toBe(join(process.cwd(), '..', 'elsewhere'));
    expect(shown(join(process.cwd(), '..name'))).toBe('..name');
  });
});
