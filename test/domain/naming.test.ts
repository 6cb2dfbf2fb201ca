import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_TEMPLATE,
  STEM_BYTES,
  foldName,
  numbered,
  outputStem,
  planStems,
  safeName,
  splitName,
  templateProblem,
  type BatchFields,
} from '../../app/domain/naming.ts';

const FIELDS: BatchFields = { resolution: '4MP', seed: 123_456, steps: 30, date: '2026-11-30', batch: 'Wedding' };
const stem = (name: string, template = DEFAULT_TEMPLATE, fields = FIELDS) => outputStem(template, { ...fields, name });
const bytesOf = (text: string) => Buffer.byteLength(text, 'utf8');

/** Written anew here, in another way than the code does it. */
function complaint(name: string): string | null {
  if (name === '') return 'empty';
  if (bytesOf(name) > 200) return `${bytesOf(name)} bytes`;
  if (!name.isWellFormed()) return 'half a surrogate pair';
  if (name !== name.normalize('NFC')) return 'not NFC';
  if (/[<>:"/\\|?*\p{Cc}\u2028\u2029]/u.test(name)) return 'unsafe';
  if (name !== name.trim() || name.startsWith('.') || name.endsWith('.')) return 'a dot or space at an end';
  const device = (name.split('.')[0] ?? '').trimEnd().toUpperCase();
  const devices = ['CON', 'PRN', 'AUX', 'NUL', 'CONIN$', 'CONOUT$'];
  const numberedDevice = /^(COM|LPT).$/u.test(device) && '0123456789¹²³'.includes(device.at(-1) ?? 'x');
  return devices.includes(device) || numberedDevice ? 'a device of Windows' : null;
}

const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('.', ' ', 'a', 'É', 'é', 'e\u0301', '😀', '\ud83d', '/', '\n', 'ß'),
    maxLength: 250,
  }),
  fc.constantFrom('CON', 'nul', 'com1', 'LPT¹', 'aux.tar', 'con ', 'con .x', '...', '', '?', 'conin$'),
  fc
    .tuple(
      fc.constantFrom('CON', 'com1.', 'a'),
      fc.string({ unit: fc.constantFrom('x', '.', ' ', 'ü'), maxLength: 260 }),
    )
    .map((parts) => parts.join('')),
);
const templates = fc
  .array(
    fc.constantFrom('{name}', '{resolution}', '{seed}', '{steps}', '{date}', '{batch}', '_', '-', ' ', '.', 'e\u0301'),
    {
      maxLength: 8,
    },
  )
  .map((parts) => `${parts.join('')}{name}.{ext}`);

describe('a name template', () => {
  it('may hold every token', () => {
    expect(templateProblem('{date} {batch} {name} {resolution} s{seed} n{steps}.{ext}')).toBeNull();
    expect(templateProblem(DEFAULT_TEMPLATE)).toBeNull();
  });

  it.each([
    ['{name}_{size}.{ext}', /does not know \{size\}.*\{name\}, \{ext\}, \{resolution\}/],
    ['{Name}.{ext}', /does not know \{Name\}/],
    ['{}{name}.{ext}', /does not know \{\}/],
    ['{name_{seed}.{ext}', /brace without its pair/],
    ['a/{name}.{ext}', /must not hold \//],
    ['a\\{name}.{ext}', /must not hold \//],
    ['{name}:{seed}.{ext}', /some systems do not allow/],
    ['photo.{ext}', /must hold \{name\}/],
    ['{name}', /must end in \.\{ext\}/],
    ['{name}.jpg', /must end in \.\{ext\}/],
    ['{ext}', /must hold \{name\}/],
    ['{ext}_{name}.{ext}', /only at its end/],
    ['{name}\n.{ext}', /control character/],
    ['{name}\u2028.{ext}', /control character/],
    [`{name}${'x'.repeat(120)}.{ext}`, /too long: it has 132 bytes, and may have 120/],
    [`{name}${'é'.repeat(60)}.{ext}`, /too long/],
    ['', /must hold \{name\}/],
  ])('%j is refused with a sentence', (template, sentence) => {
    expect(templateProblem(template)).toMatch(sentence);
    expect(() => stem('a', template)).toThrow(RangeError);
    expect(() => planStems([], template, FIELDS)).toThrow(RangeError);
  });
});

describe('the name of an output', () => {
  it('fills in every token once, and leaves what looks like a token in a photo’s name alone', () => {
    expect(stem('IMG_1')).toBe('IMG_1_enhanced');
    expect(stem('a', '{date} {batch} {name} {resolution} {seed} {steps}.{ext}')).toBe(
      '2026-11-30 Wedding a 4MP 123456 30',
    );
    expect(stem('{seed}$&', '{name}_{seed}.{ext}')).toBe('{seed}$&_123456');
  });

  it.each([
    ['CON', '_CON'],
    ['con.holiday', '_con.holiday'],
    ['Lpt9 .x', '_Lpt9 .x'],
    ['COM²', '_COM²'],
    ['CONSOLE', 'CONSOLE'],
    ['a. . ', 'a'],
    ['..a', 'a'],
    ['a\nb\u0007c', 'a_b_c'],
    ['<>:"/\\|?*', '_________'],
    ['cafe\u0301', 'café'],
    ['a\ud83d', 'a\ufffd'],
    [' . ', 'photo'],
    ['שלום', 'שלום'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
  ])('%j becomes %j', (name, expected) => {
    expect(stem(name, '{name}.{ext}')).toBe(expected);
    expect(safeName(name)).toBe(expected);
  });

  it('shortens the photo’s own name, not what the template adds', () => {
    expect(stem('x'.repeat(255))).toBe(`${'x'.repeat(181)}_enhanced`);
    expect(stem('x'.repeat(255), '{name}-{name}.{ext}')).toBe(`${'x'.repeat(94)}-${'x'.repeat(94)}`);
  });

  it('keeps a whole character or none of it', () => {
    const family = '👩‍👩‍👧'; // 18 bytes
    expect(stem(family.repeat(20), '{name}.{ext}')).toBe(family.repeat(10));
    expect(stem('😀'.repeat(60), 'ab{name}.{ext}')).toBe(`ab${'😀'.repeat(47)}`);
  });

  it('cuts a single character that is longer than a name may be', () => {
    const stacked = `a${'\u0316'.repeat(150)}`;
    expect(complaint(stem(stacked))).toBeNull();
    expect(stem(stacked)).toMatch(/^a\u0316+_enhanced$/);
  });

  it('keeps the end of a long batch name that tells it from the others', () => {
    const named = (batch: string) => stem('a', '{name}_{batch}.{ext}', { ...FIELDS, batch });
    expect(named('Wedding Anna & Tom in the church of Vik')).toBe('a_Wedding Anna & Tom in the church of Vik');
    expect(named('Wedding Anna & Tom in the church of Vik (2)')).toBe('a_Wedding Anna & Tom in the church of (2)');
    expect(named('Wedding Anna & Tom in the church of Vik, without moderation (3)')).toBe(
      'a_Wedding Anna & T, without moderation (3)',
    );
  });

  it('is legal on every system, whatever the photo, the batch and the template are called', () => {
    fc.assert(
      fc.property(names, names, templates, (name, batch, template) => {
        expect(complaint(stem(name, template, { ...FIELDS, batch }))).toBeNull();
        expect(complaint(safeName(name))).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });

  it('stays within its length when it is numbered', () => {
    expect(numbered('a', 2)).toBe('a (2)');
    expect(numbered('x'.repeat(STEM_BYTES), 12)).toBe(`${'x'.repeat(195)} (12)`);
  });
});

describe('a file name', () => {
  it.each([
    ['a.jpg', 'a', 'jpg'],
    ['a.b.JPEG', 'a.b', 'JPEG'],
    ['IMG.2024', 'IMG.2024', ''],
    ['Dr. Who', 'Dr. Who', ''],
    ['photo', 'photo', ''],
    ['.jpg', '.jpg', ''],
    ['a\nb.png', 'a\nb', 'png'],
    ['clip.3gp', 'clip', '3gp'],
  ])('%j is split into %j and %j', (file, name, ext) => {
    expect(splitName(file)).toEqual({ name, ext });
  });

  it('folds to the same for the spellings that a file system may take for one', () => {
    expect(foldName('CAFÉ')).toBe(foldName('cafe\u0301'));
    expect(foldName('ΟΔΟΣ')).toBe(foldName('οδοσ'));
    expect(foldName('\u212Bngström')).toBe(foldName('ångström'));
    expect(foldName('a')).not.toBe(foldName('b'));
  });
});

describe('the names of a batch', () => {
  const plan = (files: readonly string[], template = DEFAULT_TEMPLATE) =>
    planStems(
      files.map((file) => ({ dir: '/out', ...splitName(file) })),
      template,
      FIELDS,
    );

  it('leaves names that do not meet as they are', () => {
    expect(plan(['a.jpg', 'b.jpg'])).toEqual(['a_enhanced', 'b_enhanced']);
  });

  it('tells photos of one name apart by their extensions', () => {
    expect(plan(['a.jpg', 'A.PNG', 'b.jpg'])).toEqual(['a-jpg_enhanced', 'A-png_enhanced', 'b_enhanced']);
    expect(plan(['a', 'a.jpg'])).toEqual(['a_enhanced', 'a-jpg_enhanced']);
  });

  it('numbers those whose extensions are the same, too', () => {
    expect(plan(['a.jpg', 'A.JPG', 'a.JPG'])).toEqual(['a-jpg_enhanced', 'A-jpg_enhanced (2)', 'a-jpg_enhanced (3)']);
    expect(plan(['caf\u00e9', 'cafe\u0301'])).toEqual(['café_enhanced', 'café_enhanced (2)']);
  });

  it('never takes the name of a photo that has it to itself', () => {
    expect(plan(['a.jpg', 'a.png', 'a-jpg.jpg'])).toEqual(['a-jpg_enhanced (2)', 'a-png_enhanced', 'a-jpg_enhanced']);
  });

  it('tells long names apart that are equal once shortened', () => {
    const long = 'x'.repeat(230);
    const stems = plan([`${long}1.jpg`, `${long}2.png`, `${long}3.png`]);
    expect(stems.map((name) => name.slice(-17))).toEqual([
      'xxxx-jpg_enhanced',
      'xxxx-png_enhanced',
      '-png_enhanced (2)',
    ]);
    expect(stems.map(complaint)).toEqual([null, null, null]);
  });

  it('lets photos of different folders have one name', () => {
    const entries = ['/a', '/b'].map((dir) => ({ dir, name: 'x', ext: 'jpg' }));
    expect(planStems(entries, DEFAULT_TEMPLATE, FIELDS)).toEqual(['x_enhanced', 'x_enhanced']);
  });

  it('numbers a hundred thousand photos of one name in time that grows with their number', () => {
    const entries = Array.from({ length: 100_000 }, () => ({ dir: '/out', name: 'same', ext: 'jpg' }));
    expect(planStems(entries, DEFAULT_TEMPLATE, FIELDS).at(-1)).toBe('same-jpg_enhanced (100000)');
  });

  it('never has one name twice in a folder, and only legal ones', () => {
    const few = fc.constantFrom(
      'a',
      'A',
      'a-jpg',
      'a-jpg_enhanced',
      'é',
      'e\u0301',
      'É',
      'a:',
      'a?',
      'x'.repeat(250),
      'con',
    );
    const entry = fc.record({
      dir: fc.constantFrom('/1', '/2'),
      name: fc.oneof(few, few, names),
      ext: fc.constantFrom('jpg', 'JPG', 'png', ''),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), templates, (entries, template) => {
        const stems = planStems(entries, template, FIELDS);
        expect(stems).toHaveLength(entries.length);
        expect(stems.map(complaint).filter(Boolean)).toEqual([]);
        const places = stems.map((name, index) => `${entries[index]?.dir ?? ''}/${foldName(name)}`);
        expect(new Set(places).size).toBe(entries.length);
      }),
      { numRuns: 1000 },
    );
  });
});
