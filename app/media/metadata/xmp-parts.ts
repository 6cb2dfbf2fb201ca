// XMP that is longer than a JPEG segment: the standard packet names an extended one, which holds the properties that did
// not fit. Here they become one packet, and two again. Pure; the text is not trusted.
// Source: XMP specification part 3, “Extended XMP in JPEG”.
import { type Cut, applyCuts, descriptionsOf, RDF, rdfOf } from './xmp.ts';
import { prefixesOf, type XmlAttribute, type XmlElement } from './xml.ts';

const NOTE = 'http://ns.adobe.com/xmp/note/';

/** The name of the extended packet that belongs to a packet, or null. */
export function extendedName(packet: string): string | null {
  const rdf = rdfOf(packet);
  for (const description of rdf ? descriptionsOf(rdf) : []) {
    const attribute = description.attributes.find(isNote);
    if (attribute) return packet.slice(attribute.valueFrom, attribute.valueTo);
    const element = description.children.find(isNote);
    if (element) return packet.slice(element.contentFrom, element.contentTo).trim();
  }
  return null;
}

/** A packet without the word that there is another one. */
export function withoutExtendedName(packet: string): string {
  const rdf = rdfOf(packet);
  const notes = (rdf ? descriptionsOf(rdf) : []).flatMap((one) => [
    ...one.attributes.filter(isNote),
    ...one.children.filter(isNote),
  ]);
  return applyCuts(
    packet,
    notes.map(({ from, to }) => ({ from, to, text: '' })),
  );
}

function isNote({ name }: XmlElement | XmlAttribute): boolean {
  return name.space === NOTE && name.local === 'HasExtendedXMP';
}

/** One packet with the properties of both; null when they are not well-formed. */
export function joinXmp(packet: string, extended: string): string | null {
  const main = withoutExtendedName(packet);
  const rdf = rdfOf(main);
  const more = rdfOf(extended);
  if (!rdf || rdf.contentTo === rdf.to || !more) return null;
  const moved = descriptionsOf(more).map((description) => {
    const at = description.nameTo - description.from;
    const whole = extended.slice(description.from, description.to);
    return `${whole.slice(0, at)}${missingPrefixes(description)}${whole.slice(at)}`;
  });
  return applyCuts(main, [{ from: rdf.contentTo, to: rdf.contentTo, text: `${moved.join('\n')}\n` }]);
}

/** Declarations of what an element takes from those around it. */
function missingPrefixes(element: XmlElement): string {
  return declarations([...prefixesOf(element)].filter(([prefix]) => !element.declared.has(prefix)));
}

function declarations(prefixes: readonly (readonly [prefix: string, space: string])[]): string {
  return prefixes
    .map(([prefix, space]) => ` xmlns${prefix && `:${prefix}`}="${space.replaceAll('"', '&quot;')}"`)
    .join('');
}

export interface SplitXmp {
  readonly packet: string;
  readonly extended: string;
}

const ROOM_FOR_NAME = 200; // bytes for the extended packet's name, with its declaration

/** A packet without the white space that editors leave at its end for changes in place. */
export function withoutPadding(packet: string): string {
  const end = packet.lastIndexOf('<?xpacket end');
  if (end === -1) return packet.trimEnd();
  return `${packet.slice(0, end).trimEnd()}\n${packet.slice(end)}`;
}

/**
 * Moves the longest properties to an extended packet, until the rest has at most `limit` bytes of UTF-8.
 * @param nameOf gives the extended packet its name, 32 hex digits by its bytes
 * @returns null when it cannot be made to fit
 */
export function splitXmp(packet: string, limit: number, nameOf: (extended: string) => string): SplitXmp | null {
  const whole = withoutExtendedName(packet);
  const rdf = rdfOf(whole);
  const [first] = rdf ? descriptionsOf(rdf) : [];
  if (!rdf || !first) return null;
  const bytesOf = ({ from, to }: XmlElement) => Buffer.byteLength(whole.slice(from, to));
  const longest = descriptionsOf(rdf)
    .flatMap(({ children }) => children)
    .map((property) => ({ property, bytes: bytesOf(property) }))
    .toSorted((a, b) => b.bytes - a.bytes);
  let left = Buffer.byteLength(whole) + ROOM_FOR_NAME;
  const moved: XmlElement[] = [];
  for (const { property, bytes } of longest) {
    if (left <= limit) break;
    moved.push(property);
    left -= bytes;
  }
  if (left > limit) return null;
  const extended = extendedOf(whole, rdf, moved);
  const name = ` xmlns:xmpNote="${NOTE}" xmpNote:HasExtendedXMP="${nameOf(extended)}"`;
  const cuts: Cut[] = moved.map(({ from, to }) => ({ from, to, text: '' }));
  const declared = first.declared.has('xmpNote') ? name.replaceAll('xmpNote', 'lightbatchNote') : name;
  return { packet: applyCuts(whole, [...cuts, { from: first.nameTo, to: first.nameTo, text: declared }]), extended };
}

/** A description for each one that lost properties, about the same, with the prefixes that held there. */
function extendedOf(whole: string, rdf: XmlElement, moved: readonly XmlElement[]): string {
  const descriptions = descriptionsOf(rdf).flatMap((description) => {
    const own = moved.filter(({ parent }) => parent === description).toSorted((a, b) => a.from - b.from);
    if (own.length === 0) return [];
    const about = description.attributes.find(({ name }) => ['', RDF].includes(name.space) && name.local === 'about');
    const prefix = whole.slice(description.from + 1, description.nameTo);
    const tag = `${prefix}${declarations([...prefixesOf(description)])}${about ? whole.slice(about.from, about.to) : ''}`;
    return [`<${tag}>${own.map(({ from, to }) => whole.slice(from, to)).join('')}</${prefix}>`];
  });
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}">${descriptions.join('')}</rdf:RDF></x:xmpmeta>`;
}
