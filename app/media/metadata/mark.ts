// The mark by which a result is known as one of ours, whatever is done to its metadata or its name: an XMP property of
// our own, which programs that do not know it keep. Pure; the text is not trusted.
import { applyCuts, descriptionsOf, RDF, rdfOf } from './xmp.ts';

/** A name, no address: it never changes, since results of earlier versions are known by it. */
const SPACE = 'urn:x-lightbatch:xmp/1.0/';

/** A packet that says nothing. Source: XMP specification part 1, 7.3. */
const EMPTY = `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}"><rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`;

/** The mark as it stands in a packet: one attribute more of what is said of the picture, and nothing else. */
export const MARK = ` xmlns:lightbatch="${SPACE}" lightbatch:Enhanced="True"`;

/**
 * A packet with the mark; all else in it stays as it is, byte for byte.
 * @param packet null for a new one
 * @returns null when it cannot be put into this one
 */
export function withMark(packet: string | null): string | null {
  const text = packet ?? EMPTY;
  if (isMarked(text)) return text;
  const rdf = rdfOf(text);
  const [first] = rdf ? descriptionsOf(rdf) : [];
  if (!first || first.declared.has('lightbatch')) return null;
  return applyCuts(text, [{ from: first.nameTo, to: first.nameTo, text: MARK }]);
}

/** Whether a packet, or the first part of one, has the mark: however it was written anew since. */
export function isMarked(packet: string): boolean {
  return packet.includes(SPACE);
}
