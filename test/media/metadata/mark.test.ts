// The mark of a result: put into any packet that has a place for it, changing nothing else, and found again.
import { expect, test } from 'vitest';
import { isMarked, MARK, withMark } from '../../../app/media/metadata/mark.ts';
import { parseXml } from '../../../app/media/metadata/xml.ts';
import { XMP_ATTRIBUTES, XMP_ELEMENTS, xmpPacket } from './samples.ts';

test.each([
  ['with attributes', XMP_ATTRIBUTES],
  ['with elements', XMP_ELEMENTS],
  ['with nothing', xmpPacket('')],
  ['with another prefix for RDF', XMP_ELEMENTS.replaceAll('rdf:', 'r:').replace('xmlns:rdf', 'xmlns:r')],
])('a packet %s gets it, once, and is otherwise as it was', (_, packet) => {
  expect(isMarked(packet)).toBe(false);
  const marked = withMark(packet) ?? expect.fail();
  expect(isMarked(marked)).toBe(true);
  expect(marked.replace(MARK, '')).toBe(packet);
  expect(parseXml(marked)).not.toBeNull();
  expect(withMark(marked)).toBe(marked);
});

test('a new packet holds nothing else', () => {
  const packet = withMark(null) ?? expect.fail();
  expect(isMarked(packet)).toBe(true);
  expect(parseXml(packet.replace(MARK, ''))).not.toBeNull();
});

test.each([
  ['is damaged', '<open'],
  ['says nothing', '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'],
  ['uses its prefix for something else', xmpPacket('xmlns:lightbatch="https://other.example/"')],
])('a packet that %s cannot have it', (_, packet) => {
  expect(withMark(packet)).toBeNull();
});

test('is found however another program writes it anew', () => {
  const element = '<lb:Enhanced>True</lb:Enhanced>';
  expect(isMarked(xmpPacket('xmlns:lb="urn:x-lightbatch:xmp/1.0/"', element))).toBe(true);
});
