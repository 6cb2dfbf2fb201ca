// Metadata in WebP: chunks behind the picture, announced in a VP8X chunk in front of it. Pure; the bytes are not trusted.
// Source: WebP Container Specification (RFC 9649, 2.7).
import {
  ascii,
  type Blocks,
  type Container,
  concat,
  dataView,
  type EncodedBlocks,
  type FoundBlocks,
  type PictureFacts,
  type Piece,
  type Problem,
  startsWith,
  withoutExifMark,
} from './blocks.ts';
import { decodeXmp } from './xmp.ts';

const HEADER_BYTES = 12;
const FLAG = { icc: 0x20, alpha: 0x10, exif: 0x08, xmp: 0x04 };

export const webp: Container = { split, read, encode, join };

function split(bytes: Uint8Array): Piece[] | null {
  if (!startsWith(bytes, 'RIFF') || !startsWith(bytes, 'WEBP', 8)) return null;
  const end = 8 + dataView(bytes).getUint32(4, true);
  if (end > bytes.length) return null;
  const pieces: Piece[] = [{ kind: 'picture', bytes: bytes.subarray(0, HEADER_BYTES) }];
  for (let at = HEADER_BYTES; at < end;) {
    if (at + 8 > end) return null;
    const length = dataView(bytes).getUint32(at + 4, true);
    const to = at + 8 + length + (length % 2);
    if (to > end) return null;
    const chunk = bytes.subarray(at, to);
    pieces.push({ kind: kindOf(chunk), bytes: chunk });
    at = to;
  }
  return [...pieces, { kind: 'picture', bytes: bytes.subarray(end) }]; // what follows the RIFF: nothing, as a rule
}

function kindOf(chunk: Uint8Array): Piece['kind'] {
  if (startsWith(chunk, 'EXIF')) return 'exif';
  return startsWith(chunk, 'XMP ') ? 'xmp' : 'picture';
}

function read(pieces: readonly Piece[]): FoundBlocks {
  const contentOf = (kind: Piece['kind']) => {
    const chunk = pieces.find((piece) => piece.kind === kind)?.bytes;
    return chunk ? chunk.subarray(8, 8 + dataView(chunk).getUint32(4, true)) : null;
  };
  const exif = contentOf('exif');
  const packet = contentOf('xmp');
  const xmp = packet && decodeXmp(packet);
  const problems: Problem[] = packet && xmp === null ? [{ kind: 'xmp', reason: 'it is damaged' }] : [];
  return { blocks: { exif: exif && withoutExifMark(exif), xmp, iptc: null }, problems };
}

function encode({ exif, xmp, iptc }: Blocks): EncodedBlocks {
  const pieces: Piece[] = [];
  if (exif) pieces.push({ kind: 'exif', bytes: chunkOf('EXIF', exif) });
  if (xmp !== null) pieces.push({ kind: 'xmp', bytes: chunkOf('XMP ', new TextEncoder().encode(xmp)) });
  return { pieces, problems: iptc ? [{ kind: 'iptc', reason: 'a WebP has no place for it' }] : [] };
}

function chunkOf(type: string, content: Uint8Array): Uint8Array {
  const chunk = concat(ascii(type), new Uint8Array(4), content, new Uint8Array(content.length % 2));
  dataView(chunk).setUint32(4, content.length, true);
  return chunk;
}

function join(picture: readonly Piece[], metadata: readonly Piece[], facts: PictureFacts): Uint8Array {
  const [header, ...chunks] = picture.map(({ bytes }) => bytes);
  const trailer = chunks.pop();
  if (!header || !trailer) throw new RangeError('a WebP has a beginning and an end');
  const has = (kind: Piece['kind']) => metadata.some((piece) => piece.kind === kind);
  const flags = (has('exif') ? FLAG.exif : 0) | (has('xmp') ? FLAG.xmp : 0);
  const body = concat(...withFeatures(chunks, flags, facts), ...metadata.map(({ bytes }) => bytes));
  const whole = concat(header, body, trailer);
  dataView(whole).setUint32(4, 4 + body.length, true);
  return whole;
}

/** The chunks with one in front that announces what there is; one that is there keeps what it says of the picture. */
function withFeatures(chunks: readonly Uint8Array[], flags: number, facts: PictureFacts): Uint8Array[] {
  const [first, ...rest] = chunks;
  if (first && startsWith(first, 'VP8X') && first.length >= 18) {
    const changed = new Uint8Array(first); // not slice(): of a Buffer that is no copy
    changed[8] = ((changed[8] ?? 0) & ~(FLAG.exif | FLAG.xmp)) | flags;
    return [changed, ...rest];
  }
  const content = new Uint8Array(10);
  const view = dataView(content);
  content[0] =
    flags | (facts.hasAlpha ? FLAG.alpha : 0) | (chunks.some((one) => startsWith(one, 'ICCP')) ? FLAG.icc : 0);
  view.setUint32(4, facts.width - 1, true); // 24 bits each, the width's highest byte is the height's lowest
  view.setUint32(6, ((facts.height - 1) << 8) | (view.getUint16(6, true) & 0xff), true);
  return [chunkOf('VP8X', content), ...chunks];
}
