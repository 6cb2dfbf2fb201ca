// Photoshop's image resources, inside which JPEG, TIFF and PNG carry IPTC. Pure; the bytes are not trusted.
import { ascii, concat, dataView, startsWith } from './blocks.ts';

const SIGNATURE = '8BIM';
const IPTC = 0x0404;
/**
 * What belongs to IPTC: that it is copyrighted, where to ask, and the MD5 of the records, by which Adobe's programs and
 * others tell whether IPTC or XMP was edited last.
 */
const COMPANIONS: readonly number[] = [0x040a, 0x040b, 0x0425];
const IPTC_MARK = 0x1c; // begins every record: IIM 4.2, 1.5

/**
 * IPTC and what belongs to it, of all the resources of a photo: the rest (thumbnail, layers, print settings, paths in
 * pixels) tells of the original's pixels. Null when there is no IPTC. Source: Adobe Photoshop File Formats
 * Specification, “Image Resource Blocks”.
 */
export function iptcResources(resources: Uint8Array): Uint8Array | null {
  const view = dataView(resources);
  const kept = new Map<number, Uint8Array>();
  for (let at = 0; at + 12 <= resources.length && startsWith(resources, SIGNATURE, at);) {
    const id = view.getUint16(at + 4);
    const nameBytes = evenUp(1 + (resources[at + 6] ?? 0)); // a Pascal string, its length counted
    const dataAt = at + 6 + nameBytes + 4;
    if (dataAt > resources.length) break;
    const size = view.getUint32(dataAt - 4);
    if (dataAt + size > resources.length) break;
    if (!kept.has(id)) kept.set(id, resources.subarray(dataAt, dataAt + size));
    at = dataAt + evenUp(size);
  }
  const iptc = iptcAsResources(kept.get(IPTC) ?? new Uint8Array());
  const companions = COMPANIONS.flatMap((id) => {
    const data = kept.get(id);
    return data ? [resource(id, data)] : [];
  });
  return iptc && concat(iptc, ...companions);
}

/** Bare IPTC records as resources; null when they are none. */
export function iptcAsResources(iptc: Uint8Array): Uint8Array | null {
  return iptc[0] === IPTC_MARK ? resource(IPTC, iptc) : null;
}

function resource(id: number, data: Uint8Array): Uint8Array {
  const head = new Uint8Array(12); // signature, id, an empty name, length
  head.set(ascii(SIGNATURE));
  dataView(head).setUint16(4, id);
  dataView(head).setUint32(8, data.length);
  return concat(head, data, new Uint8Array(data.length % 2));
}

function evenUp(size: number): number {
  return size + (size % 2);
}
