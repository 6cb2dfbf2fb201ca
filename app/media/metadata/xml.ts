// Just enough of XML to find things in an XMP packet and to change them by cutting: elements and attributes with their
// places in the text. No entities are expanded and no document types allowed, so that nothing can grow. Pure.

export interface XmlName {
  /** The namespace's URI, '' when there is none. */
  readonly space: string;
  readonly local: string;
}

export interface XmlAttribute {
  readonly name: XmlName;
  /** As written: `tiff:Orientation`. */
  readonly raw: string;
  /** With the white space before it. */
  readonly from: number;
  readonly to: number;
  /** Between the quotes. */
  readonly valueFrom: number;
  readonly valueTo: number;
}

export interface XmlElement {
  readonly name: XmlName;
  readonly parent: XmlElement | null;
  readonly children: XmlElement[];
  readonly attributes: readonly XmlAttribute[];
  /** Prefixes declared on this very element. */
  readonly declared: ReadonlyMap<string, string>;
  readonly from: number;
  /** Behind the name in the opening tag: where attributes may be put in. */
  readonly nameTo: number;
  /** The content; empty, at the end of the tag, for `<a/>`. */
  readonly contentFrom: number;
  contentTo: number;
  to: number;
}

const MAX_DEPTH = 100;
const MAX_TAGS = 200_000; // elements and attributes: depth maps are long, but few
const NAME = /[^\s=<>"'/!?&]+/y;
const ATTRIBUTE = /\s+([^\s=<>"'/!?&]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const SPACE = /\s*/y;

/** The root element, or null when the text is not well-formed, or has a document type. */
export function parseXml(text: string): XmlElement | null {
  return new Parser(text).parse();
}

/** The prefixes that hold inside an element, nearest declaration first. */
export function prefixesOf(element: XmlElement): Map<string, string> {
  const prefixes = new Map<string, string>();
  for (let at: XmlElement | null = element; at; at = at.parent) {
    for (const [prefix, space] of at.declared) if (!prefixes.has(prefix)) prefixes.set(prefix, space);
  }
  return prefixes;
}

class Parser {
  readonly #text: string;
  #open: XmlElement | null = null;
  #depth = 0;
  #tags = 0;
  #root: XmlElement | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): XmlElement | null {
    const text = this.#text;
    for (let at = 0; at < text.length;) {
      const tag = text.indexOf('<', at);
      if (!this.#open && text.slice(at, tag === -1 ? text.length : tag).trim() !== '') return null;
      if (tag === -1) break;
      const next = this.#step(tag);
      if (next === null) return null;
      at = next;
    }
    return this.#open ? null : this.#root;
  }

  /** Behind what begins at a `<`; null when that is nothing allowed. */
  #step(at: number): number | null {
    const text = this.#text;
    if (text.startsWith('<?', at)) return behind(text, '?>', at + 2);
    if (text.startsWith('<!--', at)) return behind(text, '-->', at + 4);
    if (text.startsWith('<![CDATA[', at)) return this.#open ? behind(text, ']]>', at + 9) : null;
    if (text.startsWith('<!', at)) return null;
    return text.startsWith('</', at) ? this.#close(at) : this.#begin(at);
  }

  #begin(from: number): number | null {
    const raw = match(NAME, this.#text, from + 1)?.[0];
    if (raw === undefined || (!this.#open && this.#root) || this.#depth >= MAX_DEPTH) return null;
    const nameTo = from + 1 + raw.length;
    const found = this.#attributes(nameTo);
    this.#tags += 1 + found.length;
    const tagTo = nameTo + found.reduce((sum, { to, from: start }) => sum + to - start, 0);
    const spaceTo = tagTo + (match(SPACE, this.#text, tagTo)?.[0].length ?? 0);
    const isEmpty = this.#text.startsWith('/>', spaceTo);
    if (this.#tags > MAX_TAGS || !(isEmpty || this.#text[spaceTo] === '>')) return null;
    const contentFrom = spaceTo + (isEmpty ? 2 : 1);
    const element = this.#element(raw, found, { from, nameTo, contentFrom });
    if (!element) return null;
    this.#open?.children.push(element);
    this.#root ??= element;
    if (!isEmpty) {
      this.#open = element;
      this.#depth += 1;
    }
    return contentFrom;
  }

  #element(
    raw: string,
    found: readonly Omit<XmlAttribute, 'name'>[],
    places: { from: number; nameTo: number; contentFrom: number },
  ): XmlElement | null {
    const declared = new Map<string, string>();
    for (const { raw: name, valueFrom, valueTo } of found) {
      const prefix = name === 'xmlns' ? '' : name.startsWith('xmlns:') ? name.slice(6) : null;
      if (prefix !== null) declared.set(prefix, this.#text.slice(valueFrom, valueTo));
    }
    if (new Set(found.map(({ raw: name }) => name)).size < found.length) return null; // the same attribute twice
    const spaceOf = (prefix: string) => declared.get(prefix) ?? lookUp(this.#open, prefix);
    const attributes = found.map((one) => ({ ...one, name: resolve(one.raw, (prefix) => prefix && spaceOf(prefix)) }));
    const { contentFrom } = places;
    const rest = { parent: this.#open, children: [], contentTo: contentFrom, to: contentFrom };
    return { ...places, ...rest, name: resolve(raw, spaceOf), attributes, declared };
  }

  #attributes(from: number): Omit<XmlAttribute, 'name'>[] {
    const found: Omit<XmlAttribute, 'name'>[] = [];
    for (let at = from; ;) {
      const matched = match(ATTRIBUTE, this.#text, at);
      if (!matched) return found;
      const [whole, raw = '', double, single] = matched;
      const to = at + whole.length;
      found.push({ raw, from: at, to, valueFrom: to - 1 - (double ?? single ?? '').length, valueTo: to - 1 });
      at = to;
    }
  }

  #close(from: number): number | null {
    const open = this.#open;
    if (!open) return null;
    const name = this.#text.slice(open.from + 1, open.nameTo);
    const spaceFrom = from + 2 + name.length;
    const end = spaceFrom + (match(SPACE, this.#text, spaceFrom)?.[0].length ?? 0);
    if (!this.#text.startsWith(name, from + 2) || this.#text[end] !== '>') return null;
    open.contentTo = from;
    open.to = end + 1;
    this.#open = open.parent;
    this.#depth -= 1;
    return open.to;
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function behind(text: string, mark: string, from: number): number | null {
  const at = text.indexOf(mark, from);
  return at === -1 ? null : at + mark.length;
}

function lookUp(element: XmlElement | null, prefix: string): string {
  for (let at = element; at; at = at.parent) {
    const space = at.declared.get(prefix);
    if (space !== undefined) return space;
  }
  return '';
}

function resolve(raw: string, spaceOf: (prefix: string) => string): XmlName {
  const colon = raw.indexOf(':');
  const prefix = colon === -1 ? '' : raw.slice(0, colon);
  return { space: spaceOf(prefix), local: raw.slice(colon + 1) };
}
