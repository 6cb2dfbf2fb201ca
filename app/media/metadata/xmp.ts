// The few things in a photo's XMP that are not true of its result, changed by cutting: all other bytes of the packet stay
// as they are. Pure; the text is not trusted.
import { MAX_XMP_BYTES } from './blocks.ts';
import { parseXml, type XmlElement, type XmlName } from './xml.ts';

export const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const TIFF = 'http://ns.adobe.com/tiff/1.0/';
const EXIF = 'http://ns.adobe.com/exif/1.0/';
const XMP = 'http://ns.adobe.com/xap/1.0/';
const PHOTOSHOP = 'http://ns.adobe.com/photoshop/1.0/';
const GAIN_MAP = 'http://ns.adobe.com/hdr-gain-map/1.0/';
const CAMERA = 'http://ns.google.com/photos/1.0/camera/';
const CONTAINER = 'http://ns.google.com/photos/1.0/container/';
const TERMS = 'http://purl.org/dc/terms/';

/**
 * What tells of the original's own bytes and would mislead about the result's: its thumbnail, its colour profile, the
 * video and the gain map behind its picture, and the signed manifest inside it. (Sources: XMP part 2; Android's motion
 * photo 1.0 and Ultra HDR 1.0; C2PA 2.1, 11.5.) An empty name stands for the whole namespace.
 */
const STALE: ReadonlyMap<string, readonly string[]> = new Map([
  [XMP, ['Thumbnails']],
  [PHOTOSHOP, ['ICCProfile']],
  [GAIN_MAP, ['']],
  [CONTAINER, ['Directory']],
  [TERMS, ['provenance']],
  [
    CAMERA,
    [
      'MotionPhoto',
      'MotionPhotoVersion',
      'MotionPhotoPresentationTimestampUs',
      'MicroVideo',
      'MicroVideoVersion',
    ].concat(['MicroVideoOffset', 'MicroVideoPresentationTimestampUs']),
  ],
]);

/**
 * The text of a packet, which the first bytes tell the encoding of: UTF-8, as a rule. Null when it is damaged, or longer
 * than any.
 */
export function decodeXmp(bytes: Uint8Array): string | null {
  if (bytes.length > MAX_XMP_BYTES) return null;
  try {
    const decoder = new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: true });
    const text = decoder.decode(bytes).replace(/\0+$/, '');
    return text.includes('\0') ? null : text;
  } catch {
    return null; // that it cannot be decoded is the whole answer
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0 && second !== 0) || (first === 0xfe && second === 0xff)) return 'utf-16be';
  if ((first !== 0 && second === 0) || (first === 0xff && second === 0xfe)) return 'utf-16le';
  return 'utf-8';
}

/** A packet that says: upright, of this size, sRGB. Null when it is no XMP. */
export function fitXmp(packet: string, size: { width: number; height: number }): string | null {
  const rdf = rdfOf(packet);
  if (!rdf) return null;
  const values = new Map([
    [`${TIFF}Orientation`, 1],
    [`${TIFF}ImageWidth`, size.width],
    [`${TIFF}ImageLength`, size.height],
    [`${EXIF}PixelXDimension`, size.width],
    [`${EXIF}PixelYDimension`, size.height],
    [`${EXIF}ColorSpace`, 1],
  ]);
  const cuts: Cut[] = [];
  for (const { attributes, children } of descriptionsOf(rdf)) {
    for (const { name, from, to, valueFrom, valueTo } of attributes) {
      if (isStale(name)) cuts.push({ from, to, text: '' });
      else cuts.push(...replacement(values.get(name.space + name.local), { from: valueFrom, to: valueTo }));
    }
    for (const { name, from, to, contentFrom, contentTo, children: parts } of children) {
      if (isStale(name)) cuts.push({ from, to, text: '' });
      // `<a/>` and structures are no numbers
      else if (parts.length === 0 && contentTo < to) {
        cuts.push(...replacement(values.get(name.space + name.local), { from: contentFrom, to: contentTo }));
      }
    }
  }
  return applyCuts(packet, cuts);
}

export interface Cut {
  readonly from: number;
  readonly to: number;
  /** What comes in its place. */
  readonly text: string;
}

/** @param cuts do not overlap */
export function applyCuts(text: string, cuts: readonly Cut[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const cut of cuts.toSorted((a, b) => a.from - b.from)) {
    parts.push(text.slice(at, cut.from), cut.text);
    at = cut.to;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** The element of a packet that holds its descriptions: the root, or directly in it. */
export function rdfOf(packet: string): XmlElement | null {
  const root = parseXml(packet);
  const isRdf = ({ name }: XmlElement) => name.space === RDF && name.local === 'RDF';
  return root && (isRdf(root) ? root : (root.children.find(isRdf) ?? null));
}

/** The elements whose attributes and children are the properties of the picture. */
export function descriptionsOf(rdf: XmlElement): XmlElement[] {
  return rdf.children.filter(({ name }) => name.space === RDF && name.local === 'Description');
}

function isStale({ space, local }: XmlName): boolean {
  const names = STALE.get(space);
  return names !== undefined && (names.includes(local) || names.includes(''));
}

function replacement(value: number | undefined, place: { from: number; to: number }): Cut[] {
  return value === undefined ? [] : [{ ...place, text: String(value) }];
}
