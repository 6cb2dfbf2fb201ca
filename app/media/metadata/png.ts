// Metadata in PNG: chunks in front of the picture. Pure; the bytes are not trusted.
// Sources: PNG specification (third edition) 5.3, 11.3.3.4 (iTXt), 11.3.4.7 (eXIf); XMP specification part 3, 1.1.5. IPTC
// has no standard place; the profile in hex that ImageMagick began is what ExifTool and Exiv2 write and read as well.
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import {
  ascii,
  type Blocks,
  type Container,
  concat,
  dataView,
  type EncodedBlocks,
  type FoundBlocks,
  MAX_XMP_BYTES,
  type Piece,
  type Problem,
  startsWith,
  withoutExifMark,
} from './blocks.ts';
import { iptcAsResources, iptcResources } from './photoshop.ts';
import { decodeXmp } from './xmp.ts';

const SIGNATURE_BYTES = 8;
const XMP = 'XML:com.adobe.xmp\0';
const PROFILE = 'Raw profile type ';
const APP1_XMP = 'http://ns.adobe.com/xap/1.0/\0';

export const png: Container = { split, read, encode, join };

function split(bytes: Uint8Array): Piece[] | null {
  if (!startsWith(bytes, '\x89PNG\r\n\x1a\n')) return null;
  const pieces: Piece[] = [{ kind: 'picture', bytes: bytes.subarray(0, SIGNATURE_BYTES) }];
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length;) {
    const to = at + 12 + dataView(bytes).getUint32(at);
    if (to > bytes.length) return null;
    const chunk = bytes.subarray(at, to);
    pieces.push({ kind: kindOf(chunk), bytes: chunk });
    at = to;
    if (typeOf(chunk) !== 'IEND') continue;
    return pieces.some(isPixels) ? [...pieces, { kind: 'picture', bytes: bytes.subarray(to) }] : null;
  }
  return null;
}

function isPixels({ bytes }: Piece): boolean {
  return typeOf(bytes) === 'IDAT';
}

function typeOf(chunk: Uint8Array): string {
  return Buffer.from(chunk.subarray(4, 8)).toString('latin1');
}

function contentOf(chunk: Uint8Array): Uint8Array {
  return chunk.subarray(8, chunk.length - 4);
}

function kindOf(chunk: Uint8Array): Piece['kind'] {
  const type = typeOf(chunk);
  if (type === 'eXIf') return 'exif';
  if (type === 'iTXt' && startsWith(contentOf(chunk), XMP)) return 'xmp';
  const name = profileName(chunk);
  if (name === 'exif' || name === 'xmp' || name === 'iptc') return name;
  if (name !== 'APP1') return 'picture';
  return startsWith(profileOf(chunk) ?? new Uint8Array(), APP1_XMP) ? 'xmp' : 'exif'; // a JPEG's segment, whichever
}

function profileName(chunk: Uint8Array): string {
  const content = contentOf(chunk);
  if (!['zTXt', 'tEXt'].includes(typeOf(chunk)) || !startsWith(content, PROFILE)) return '';
  return Buffer.from(content.subarray(PROFILE.length, Math.max(PROFILE.length, content.indexOf(0)))).toString('latin1');
}

function read(pieces: readonly Piece[]): FoundBlocks {
  const problems: Problem[] = [];
  const chunksOf = (kind: Piece['kind']) => pieces.filter((piece) => piece.kind === kind).map(({ bytes }) => bytes);
  const orProblem = <T>(kind: Problem['kind'], value: (chunk: Uint8Array) => T | null): T | null => {
    const chunks = chunksOf(kind);
    for (const chunk of chunks) {
      const found = value(chunk);
      if (found !== null) return found;
    }
    if (chunks.length > 0) problems.push({ kind, reason: 'it is damaged' });
    return null;
  };
  const blocks: Blocks = {
    exif: orProblem('exif', exifOf),
    xmp: orProblem('xmp', xmpOf),
    iptc: orProblem('iptc', iptcOf),
  };
  return { blocks, problems };
}

function exifOf(chunk: Uint8Array): Uint8Array | null {
  const block = typeOf(chunk) === 'eXIf' ? contentOf(chunk) : profileOf(chunk);
  return block && withoutExifMark(block);
}

function xmpOf(chunk: Uint8Array): string | null {
  const bytes = typeOf(chunk) === 'iTXt' ? textOf(contentOf(chunk)) : profileOf(chunk);
  return bytes && decodeXmp(startsWith(bytes, APP1_XMP) ? bytes.subarray(APP1_XMP.length) : bytes);
}

function iptcOf(chunk: Uint8Array): Uint8Array | null {
  const profile = profileOf(chunk);
  return profile && (iptcResources(profile) ?? iptcAsResources(profile));
}

/** The text of an iTXt chunk: keyword, compression flag and method, language, translated keyword, text. */
function textOf(content: Uint8Array): Uint8Array | null {
  const flags = content.indexOf(0) + 1;
  const languageEnd = content.indexOf(0, flags + 2);
  const keywordEnd = languageEnd === -1 ? -1 : content.indexOf(0, languageEnd + 1);
  if (keywordEnd === -1) return null;
  const text = content.subarray(keywordEnd + 1);
  return content[flags] === 1 ? inflated(text) : text;
}

/** What a profile in hex holds: an empty line, its name, its length, the bytes as hex digits in lines. */
function profileOf(chunk: Uint8Array): Uint8Array | null {
  const content = contentOf(chunk);
  const text = content.indexOf(0) + 1;
  const body = typeOf(chunk) === 'zTXt' ? inflated(content.subarray(text + 1)) : content.subarray(text);
  const found = body && /^\n[^\n]*\n *(\d+)\n([0-9a-fA-F\n]*)$/.exec(Buffer.from(body).toString('latin1'));
  if (!found) return null;
  const bytes = Buffer.from((found[2] ?? '').replaceAll('\n', ''), 'hex');
  return bytes.length === Number(found[1]) ? bytes : null;
}

function inflated(bytes: Uint8Array): Uint8Array | null {
  try {
    return inflateSync(bytes, { maxOutputLength: 2 * MAX_XMP_BYTES });
  } catch {
    return null; // damaged, or larger than any metadata: both are no metadata
  }
}

function encode({ exif, xmp, iptc }: Blocks): EncodedBlocks {
  const pieces: Piece[] = [];
  if (exif) pieces.push({ kind: 'exif', bytes: chunkOf('eXIf', exif) });
  if (xmp !== null) {
    const plain = ascii(`${XMP}\0\0\0\0`); // not compressed, so that programs that do not know PNG find it
    pieces.push({ kind: 'xmp', bytes: chunkOf('iTXt', concat(plain, new TextEncoder().encode(xmp))) });
  }
  if (iptc) pieces.push({ kind: 'iptc', bytes: chunkOf('zTXt', hexProfile('iptc', iptc)) });
  return { pieces, problems: [] };
}

function hexProfile(name: string, bytes: Uint8Array): Uint8Array {
  const lines = (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,72}/g) ?? []
  ).join('\n');
  const body = `\n${name}\n${String(bytes.length).padStart(8)}\n${lines}\n`;
  return concat(ascii(`${PROFILE}${name}\0\0`), deflateSync(body));
}

function chunkOf(type: string, content: Uint8Array): Uint8Array {
  const chunk = concat(new Uint8Array(4), ascii(type), content, new Uint8Array(4));
  const view = dataView(chunk);
  view.setUint32(0, content.length);
  view.setUint32(chunk.length - 4, crc32(chunk.subarray(4, chunk.length - 4)));
  return chunk;
}

/** In front of the pixels, where every reader has come by; colour chunks before that keep their order. */
function join(picture: readonly Piece[], metadata: readonly Piece[]): Uint8Array {
  const pixels = picture.findIndex(isPixels);
  const pieces = [...picture.slice(0, pixels), ...metadata, ...picture.slice(pixels)];
  return concat(...pieces.map(({ bytes }) => bytes));
}
