// Metadata in JPEG: application segments in front of the picture. Pure; the bytes are not trusted.
// Sources: ITU-T T.81, B.1; Exif 2.32, 4.7; XMP specification part 3, 1.1.3; Photoshop File Formats.
import { createHash } from 'node:crypto';
import {
  ascii,
  type Blocks,
  type Container,
  concat,
  dataView,
  type EncodedBlocks,
  type FoundBlocks,
  type Piece,
  type Problem,
  startsWith,
} from './blocks.ts';
import { iptcResources } from './photoshop.ts';
import { decodeXmp } from './xmp.ts';
import { extendedName, joinXmp, splitXmp, withoutExtendedName, withoutPadding } from './xmp-parts.ts';

const APP0 = 0xe0;
const APP1 = 0xe1;
const APP13 = 0xed;
const START_OF_SCAN = 0xda;
const EXIF = 'Exif\0\0';
const XMP = 'http://ns.adobe.com/xap/1.0/\0';
const MORE_XMP = 'http://ns.adobe.com/xmp/extension/\0';
const PHOTOSHOP = 'Photoshop 3.0\0';
const MAX_CONTENT = 65_533; // bytes: the length has 16 bits and counts itself
const MAX_XMP = 65_502; // bytes of a packet, by the specification
const MORE_XMP_HEAD = MORE_XMP.length + 32 + 8; // name, whole length, offset
const MORE_XMP_PART = 65_400; // bytes of an extended packet in each segment

export const jpeg: Container = { split, read, encode, join };

function split(bytes: Uint8Array): Piece[] | null {
  if (!startsWith(bytes, '\xff\xd8')) return null;
  const pieces: Piece[] = [{ kind: 'picture', bytes: bytes.subarray(0, 2) }];
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return null;
    let marker = at + 1;
    while (bytes[marker] === 0xff) marker += 1; // fill bytes may stand before any marker
    if (bytes[marker] === START_OF_SCAN) return [...pieces, { kind: 'picture', bytes: bytes.subarray(at) }];
    if (marker + 3 > bytes.length) return null;
    const length = dataView(bytes).getUint16(marker + 1);
    const to = marker + 1 + length;
    if (length < 2 || to > bytes.length) return null;
    const piece = bytes.subarray(at, to);
    pieces.push({ kind: kindOf(bytes[marker] ?? 0, bytes.subarray(marker + 3, to)), bytes: piece });
    at = to;
  }
  return null;
}

function kindOf(marker: number, content: Uint8Array): Piece['kind'] {
  if (marker === APP1 && startsWith(content, EXIF)) return 'exif';
  if (marker === APP1 && (startsWith(content, XMP) || startsWith(content, MORE_XMP))) return 'xmp';
  return marker === APP13 && startsWith(content, PHOTOSHOP) ? 'iptc' : 'picture';
}

function read(pieces: readonly Piece[]): FoundBlocks {
  const problems: Problem[] = [];
  const [exif] = contentsOf(pieces, 'exif', EXIF);
  const photoshop = contentsOf(pieces, 'iptc', PHOTOSHOP); // resources run on from one segment to the next
  return {
    blocks: { exif: exif ?? null, xmp: readXmp(pieces, problems), iptc: iptcResources(concat(...photoshop)) },
    problems,
  };
}

/** What follows a mark, in every segment of a kind that has it. */
function contentsOf(pieces: readonly Piece[], kind: Piece['kind'], mark: string): Uint8Array[] {
  return pieces.flatMap((piece) => {
    const content =
      piece.kind === kind ? piece.bytes.subarray(piece.bytes.findIndex((byte) => byte !== 0xff) + 3) : null;
    return content && startsWith(content, mark) ? [content.subarray(mark.length)] : [];
  });
}

function readXmp(pieces: readonly Piece[], problems: Problem[]): string | null {
  const [bytes] = contentsOf(pieces, 'xmp', XMP);
  if (!bytes) return null;
  const packet = decodeXmp(bytes);
  if (packet === null) {
    problems.push({ kind: 'xmp', reason: 'it is damaged' });
    return null;
  }
  const name = extendedName(packet);
  if (name === null) return packet;
  const extended = assemble(contentsOf(pieces, 'xmp', MORE_XMP), name);
  const whole = extended === null ? null : joinXmp(packet, extended);
  if (whole === null) problems.push({ kind: 'xmp', reason: 'its second part is damaged' });
  return whole ?? withoutExtendedName(packet);
}

/** The extended packet of a name, whose parts may come in any order; null when it is not the one that was written. */
function assemble(parts: readonly Uint8Array[], name: string): string | null {
  const own = parts.filter((part) => part.length > 40 && startsWith(part, name) && name.length === 32);
  const total = own[0] ? dataView(own[0]).getUint32(32) : 0;
  const sum = own.reduce((bytes, part) => bytes + part.length - 40, 0);
  if (total === 0 || sum !== total) return null;
  const whole = new Uint8Array(total);
  for (const part of own) {
    const offset = dataView(part).getUint32(36);
    if (offset + part.length - 40 > total) return null;
    whole.set(part.subarray(40), offset);
  }
  return nameOf(whole) === name.toUpperCase() ? decodeXmp(whole) : null;
}

function nameOf(extended: Uint8Array | string): string {
  return createHash('md5').update(extended).digest('hex').toUpperCase();
}

function encode({ exif, xmp, iptc }: Blocks): EncodedBlocks {
  const pieces: Piece[] = [];
  const problems: Problem[] = [];
  const add = (kind: Piece['kind'], marker: number, content: Uint8Array) => {
    const head = new Uint8Array([0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff]);
    pieces.push({ kind, bytes: concat(head, content) });
  };
  const tooLarge = (kind: Problem['kind']) => problems.push({ kind, reason: 'it is larger than a JPEG takes' });
  const exifContent = exif && concat(ascii(EXIF), exif);
  if (exifContent && exifContent.length <= MAX_CONTENT) add('exif', APP1, exifContent);
  else if (exifContent) tooLarge('exif');
  const contents = xmp === null ? [] : xmpContents(xmp);
  if (!contents) tooLarge('xmp');
  for (const content of contents ?? []) add('xmp', APP1, content);
  const photoshop = iptc && concat(ascii(PHOTOSHOP), iptc);
  if (photoshop && photoshop.length <= MAX_CONTENT) add('iptc', APP13, photoshop);
  else if (photoshop) tooLarge('iptc');
  return { pieces, problems };
}

/** A packet as it is if that fits, else without its padding, else in parts. */
function xmpContents(xmp: string): Uint8Array[] | null {
  const utf8 = new TextEncoder();
  const plain = [xmp, withoutPadding(xmp)].map((text) => utf8.encode(text)).find(({ length }) => length <= MAX_XMP);
  if (plain) return [concat(ascii(XMP), plain)];
  const parts = splitXmp(withoutPadding(xmp), MAX_XMP, nameOf);
  if (!parts) return null;
  const extended = utf8.encode(parts.extended);
  const more = Array.from({ length: Math.ceil(extended.length / MORE_XMP_PART) }, (_, index) => {
    const offset = index * MORE_XMP_PART;
    const head = new Uint8Array(MORE_XMP_HEAD);
    head.set(ascii(MORE_XMP + nameOf(extended)));
    dataView(head).setUint32(MORE_XMP_HEAD - 8, extended.length);
    dataView(head).setUint32(MORE_XMP_HEAD - 4, offset);
    return concat(head, extended.subarray(offset, offset + MORE_XMP_PART));
  });
  return [concat(ascii(XMP), utf8.encode(parts.packet)), ...more];
}

/** EXIF wants to be first, but behind JFIF, which wants that as well and has its way in practice. */
function join(picture: readonly Piece[], metadata: readonly Piece[]): Uint8Array {
  const isFirst = ({ bytes }: Piece, index: number) => index === 0 || bytes[1] === APP0;
  const rest = picture.findIndex((piece, index) => !isFirst(piece, index));
  const pieces = [...picture.slice(0, rest), ...metadata, ...picture.slice(rest)];
  return concat(...pieces.map(({ bytes }) => bytes));
}
