// Names of output files: the template, what it makes of a photo's name, and how two photos never get one name.
// Names are made to be legal on every system, because a folder of results travels: Windows' rules are the strictest.

export const DEFAULT_TEMPLATE = '{name}_enhanced.{ext}';

export const TEMPLATE_TOKENS = ['name', 'ext', 'resolution', 'seed', 'steps', 'date', 'batch'] as const;

/** Bytes of UTF-8 that a stem has at most; file systems allow 255, and `.part` files, numbers and extensions need room. */
export const STEM_BYTES = 200;

const TEMPLATE_BYTES = 120; // what is left of a stem is the photo's own name
const NAME_BYTES = 24; // of the photo's own name are kept at least, whatever else the template holds
const BATCH_BYTES = 40;
const NUMBER_BYTES = 10; // kept free for ` (123456)`, so that a number shortens nothing

const EXTENSION = '.{ext}';
const TOKEN = /\{([^{}]*)\}/g;
const UNSAFE = /[<>:"/\\|?*\p{Cc}\p{Zl}\p{Zp}]/gu;
const EDGES = /^[\s.]+|[\s.]+$/gu; // a leading dot hides a file; Windows drops trailing dots and spaces
// Reserved with any extension, too. Source: "Naming Files, Paths, and Namespaces", learn.microsoft.com.
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)/iu;
const ASCII = /^[\0-\x7f]*$/; // spares most names the rest
// Nothing in it to make safe, and short enough: so are nearly all names of photos.
const PLAIN = /^[a-z0-9_](?:[a-z0-9_ .()-]{0,190}[a-z0-9_()-])?$/i;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The end of a batch's name that tells it from others of the same photos (see batch-name.ts): it outlives a cut. */
export const TELLS_APART = /(?:, without moderation)?(?: \(\d{1,4}\))?$/;

/** What a template can name of a batch. */
export interface BatchFields {
  readonly resolution: string;
  readonly seed: number;
  readonly steps: number;
  /** Day of the batch, YYYY-MM-DD. */
  readonly date: string;
  readonly batch: string;
}

export interface NameFields extends BatchFields {
  /** The photo's own name, without its extension. */
  readonly name: string;
}

export interface StemEntry {
  /** The output folder, in one spelling: stems are kept apart within it. */
  readonly dir: string;
  /** The photo's name without extension. */
  readonly name: string;
  /** Its extension without the dot; may be empty. */
  readonly ext: string;
}

/** One sentence about what is wrong with a template; null when it can be used. */
export function templateProblem(template: string): string | null {
  const bytes = utf8Length(template);
  if (bytes > TEMPLATE_BYTES) {
    return `The name template is too long: it has ${bytes} bytes, and may have ${TEMPLATE_BYTES}.`;
  }
  if (/\p{Cc}|\p{Zl}|\p{Zp}/u.test(template)) return 'The name template holds a line break or a control character.';
  if (/[/\\]/.test(template)) return 'The name template must not hold / or \\: it names a file, not a folder.';
  if (/[<>:"|?*]/.test(template)) {
    return 'The name template must not hold any of < > : " | ? *, which some systems do not allow in file names.';
  }
  return tokenProblem(template);
}

function tokenProblem(template: string): string | null {
  const known: readonly string[] = TEMPLATE_TOKENS;
  const list = TEMPLATE_TOKENS.map((token) => `{${token}}`).join(', ');
  const tokens = [...template.matchAll(TOKEN)].map((match) => match[1] ?? '');
  const unknown = tokens.find((token) => !known.includes(token));
  if (unknown !== undefined) return `The name template does not know {${unknown}}. It knows ${list}.`;
  if (/[{}]/.test(template.replace(TOKEN, '')))
    return `The name template has a brace without its pair. It knows ${list}.`;
  if (!tokens.includes('name')) return 'The name template must hold {name}, so that each photo has a name of its own.';
  if (!template.endsWith(EXTENSION)) return 'The name template must end in .{ext}.';
  if (tokens.filter((token) => token === 'ext').length > 1) return 'The name template may hold {ext} only at its end.';
  return null;
}

/**
 * The name of an output file without its extension: legal on every system, NFC, 1 to STEM_BYTES bytes of UTF-8. Where
 * that is too short it is the photo's own name that is shortened, so that `_enhanced` stays.
 * @throws {RangeError} when the template has a problem (see templateProblem)
 */
export function outputStem(template: string, fields: NameFields): string {
  return renderer(template, fields)(fields.name);
}

/**
 * The stems of many photos, in their order; no two of one folder are equal when folded. Photos that would get one name
 * are told apart by their source extension (`a-jpg_enhanced`, `a-png_enhanced`), and where that is not enough by number.
 * A photo whose name is its own keeps it, whatever the others are called.
 * @throws {RangeError} when the template has a problem
 */
export function planStems(entries: readonly StemEntry[], template: string, fields: BatchFields): string[] {
  const render = renderer(template, fields);
  const plain = entries.map((entry) => render(entry.name));
  const keyOf = (entry: StemEntry, stem: string) => `${entry.dir}\0${foldName(stem)}`;
  const keys = entries.map((entry, index) => keyOf(entry, plain[index] ?? ''));
  const wanted = new Map<string, number>();
  for (const key of keys) wanted.set(key, (wanted.get(key) ?? 0) + 1);

  const taken = new Set(keys.filter((key) => wanted.get(key) === 1));
  const next = new Map<string, number>(); // the number to try next, by key: without it many equal names are quadratic
  return entries.map((entry, index) => {
    const own = plain[index] ?? '';
    if (wanted.get(keys[index] ?? '') === 1) return own;
    const stem = entry.ext === '' ? own : render(entry.name, `-${entry.ext.toLowerCase()}`);
    const key = keyOf(entry, stem);
    let given = stem;
    let number = next.get(key) ?? 2;
    while (taken.has(keyOf(entry, given))) {
      given = numbered(stem, number);
      number += 1;
    }
    next.set(key, number);
    taken.add(keyOf(entry, given));
    return given;
  });
}

/** `stem (2)`; the stem is shortened where the whole would pass STEM_BYTES. */
export function numbered(stem: string, n: number): string {
  const suffix = ` (${n})`;
  return cut(stem, STEM_BYTES - suffix.length).replace(EDGES, '') + suffix;
}

/** What two names have in common when a file system may take them for one: NFC, letter case dropped. */
export function foldName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase();
  // Upper case first: ς and σ, or K and the Kelvin sign, are one letter only there.
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/**
 * A file's name and its extension without the dot. Only what looks like one is an extension: `IMG.2024` and `Dr. Who`
 * are names without any.
 */
export function splitName(fileName: string): { name: string; ext: string } {
  const match = /^(.+)\.(?=[0-9]*[a-z])([a-z0-9]{1,8})$/is.exec(fileName);
  return { name: match?.[1] ?? fileName, ext: match?.[2] ?? '' };
}

/** One component of a path, made legal on every system by the rules of outputStem; never empty. */
export function safeName(text: string): string {
  if (PLAIN.test(text) && !RESERVED.test(text)) return text;
  const clean = (dirty: string) => dirty.toWellFormed().normalize('NFC').replace(UNSAFE, '_').replace(EDGES, '');
  const name = cut(clean(text), STEM_BYTES).replace(EDGES, '');
  if (name === '') return 'photo';
  return RESERVED.test(name) ? cut(`_${name}`, STEM_BYTES).replace(EDGES, '') : name;
}

/** A function from a photo's name, and what tells it apart, to its stem. */
function renderer(template: string, fields: BatchFields): (name: string, suffix?: string) => string {
  const problem = templateProblem(template);
  if (problem !== null) throw new RangeError(problem);
  const values: Readonly<Record<string, string>> = {
    resolution: fields.resolution,
    seed: String(fields.seed),
    steps: String(fields.steps),
    date: fields.date,
    batch: batchName(fields.batch.toWellFormed().normalize('NFC')),
  };
  // One pass over the template alone: a photo that is called `{seed}` keeps that name.
  const pattern = template.slice(0, -EXTENSION.length);
  const fill = (name: string) =>
    pattern.replace(TOKEN, (_, token: string) => (token === 'name' ? name : (values[token] ?? '')));
  const names = pattern.split('{name}').length - 1;
  const room = Math.max(NAME_BYTES, Math.floor((STEM_BYTES - NUMBER_BYTES - utf8Length(fill(''))) / names));
  return (name, suffix = '') => {
    const own = cut(name.toWellFormed().normalize('NFC'), Math.max(1, room - utf8Length(suffix)));
    return safeName(fill(own + suffix));
  };
}

function batchName(name: string): string {
  const end = TELLS_APART.exec(name)?.[0] ?? '';
  const beginning = cut(name.slice(0, name.length - end.length), BATCH_BYTES - utf8Length(end));
  return beginning.trimEnd() + end;
}

/** The longest beginning within `limit` bytes of UTF-8 that splits no character, as a reader sees characters. */
function cut(text: string, limit: number): string {
  if (text.length * 3 <= limit) return text; // a UTF-16 unit has at most three bytes of UTF-8
  let bytes = 0;
  let end = 0;
  for (const char of text) {
    bytes += utf8Length(char);
    if (bytes > limit) break;
    end += char.length;
  }
  if (end === text.length) return text;
  const character = GRAPHEMES.segment(text).containing(end);
  // A single character of more than the limit (a letter under a hundred accents) is split between code points.
  return text.slice(0, character !== undefined && character.index > 0 ? character.index : end);
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
