// XMP made true of the result, and split and joined as JPEG needs it.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseXml } from '../../../app/media/metadata/xml.ts';
import { decodeXmp, fitXmp } from '../../../app/media/metadata/xmp.ts';
import { extendedName, joinXmp, splitXmp, withoutPadding } from '../../../app/media/metadata/xmp-parts.ts';
import { SPACES, XMP_ATTRIBUTES, XMP_ELEMENTS, xmpPacket } from './samples.ts';

const SIZE = { width: 2450, height: 1633 };
const nameOf = (text: string) => createHash('md5').update(text).digest('hex').toUpperCase();

describe('a packet', () => {
  test('with attributes says upright, the size of the result, sRGB, and all else as before', () => {
    const expected = XMP_ATTRIBUTES.replace('tiff:Orientation="6"', 'tiff:Orientation="1"')
      .replace("PixelXDimension='6000'", "PixelXDimension='2450'")
      .replace('PixelYDimension="4000"', 'PixelYDimension="1633"')
      .replace('ColorSpace="65535"', 'ColorSpace="1"')
      .replace('ImageWidth="6000"', 'ImageWidth="2450"')
      .replace('ImageLength="4000"', 'ImageLength="1633"')
      .replace(' photoshop:ICCProfile="Adobe RGB (1998)"', '');
    expect(fitXmp(XMP_ATTRIBUTES, SIZE)).toBe(expected);
  });

  test('with elements does so too, and loses the thumbnail of the original', () => {
    const expected = XMP_ELEMENTS.replace('<tiff:Orientation>6<', '<tiff:Orientation>1<')
      .replace('PixelXDimension>6000<', 'PixelXDimension>2450<')
      .replace('PixelYDimension>4000<', 'PixelYDimension>1633<')
      .replace('ColorSpace>2<', 'ColorSpace>1<')
      .replace('ImageWidth>6000<', 'ImageWidth>2450<')
      .replace('ImageLength>4000<', 'ImageLength>1633<')
      .replace('<photoshop:ICCProfile>Adobe RGB (1998)</photoshop:ICCProfile>', '')
      .replace(/<xmp:Thumbnails>.*<\/xmp:Thumbnails>/, '');
    expect(fitXmp(XMP_ELEMENTS, SIZE)).toBe(expected);
  });

  test('goes by namespaces and not by prefixes', () => {
    const packet = xmpPacket(
      'xmlns:t="http://ns.adobe.com/tiff/1.0/" xmlns:tiff="urn:mine" t:Orientation="8" tiff:Orientation="8"',
    );
    expect(fitXmp(packet, SIZE)).toBe(packet.replace('t:Orientation="8"', 't:Orientation="1"'));
  });

  test('says nothing new', () => {
    const packet = xmpPacket(SPACES, '<xmp:Rating>5</xmp:Rating>');
    expect(fitXmp(packet, SIZE)).toBe(packet);
  });

  test('changes nothing in comments, in text, and in structures of the same name', () => {
    const packet = xmpPacket(
      SPACES,
      '<!-- <tiff:Orientation>6</tiff:Orientation> --><dc:source><![CDATA[<tiff:Orientation>6</tiff:Orientation>]]></dc:source>' +
        '<dc:relation><rdf:Description tiff:Orientation="6"/></dc:relation>' +
        '<tiff:Orientation rdf:parseType="Resource"><rdf:value>6</rdf:value></tiff:Orientation>',
    );
    expect(fitXmp(packet, SIZE)).toBe(packet);
  });

  test('loses what tells of bytes that the result does not have: motion video, gain map, signed manifest', () => {
    const stale =
      'GCamera:MotionPhoto="1" GCamera:MicroVideoOffset="12345" hdrgm:Version="1.0" dcterms:provenance="self#jumbf=c2pa"';
    const spaces =
      'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" ' +
      'xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:dcterms="http://purl.org/dc/terms/"';
    const inner = '<Container:Directory><rdf:Seq><rdf:li/></rdf:Seq></Container:Directory>';
    const packet = xmpPacket(`${spaces} ${stale} GCamera:SpecialTypeID="x"`, inner);
    expect(fitXmp(packet, SIZE)).toBe(packet.replace(`${stale} `, '').replace(inner, ''));
  });

  test.each([
    ['no XML', 'hello'],
    ['a tag that is not closed', '<x><rdf:RDF></x>'],
    ['two roots', `${XMP_ATTRIBUTES}${XMP_ATTRIBUTES}`],
    ['a document type, whose entities could grow', `<!DOCTYPE a [<!ENTITY b "c">]>${XMP_ATTRIBUTES}`],
    ['XML without RDF', '<a><b/></a>'],
    ['the same attribute twice', xmpPacket(`${SPACES} xmp:Rating="1" xmp:Rating="2"`)],
    ['elements a hundred deep', xmpPacket(SPACES, `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`)],
    ['more elements than any program writes', xmpPacket(SPACES, '<a/>'.repeat(200_001))],
    ['text behind the root', `${XMP_ATTRIBUTES} and more`],
  ])('is refused when it is %s', (_, text) => {
    expect(fitXmp(text, SIZE)).toBeNull();
  });

  test('of any kind never makes it crash, and stays XML when it was', () => {
    const piece = fc.constantFrom(
      '<a>',
      '</a>',
      '<a',
      '/>',
      '>',
      ' b="c"',
      " b='",
      '"',
      '<!--',
      '-->',
      '<?',
      '?>',
      '&',
      'x',
      '<',
      '=',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(XMP_ELEMENTS.length), (pieces, at) => {
        const text = pieces.join('');
        parseXml(text);
        const fitted = fitXmp(XMP_ELEMENTS.slice(0, at) + text + XMP_ELEMENTS.slice(at), SIZE);
        expect(fitted === null || parseXml(fitted) !== null).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the text of a packet', () => {
  test.each(['utf16le', 'utf8'] as const)('is read from %s', (encoding) => {
    const text = XMP_ATTRIBUTES.replace('\uFEFF', '').replace('Fjord', 'Fjörd 😀');
    expect(decodeXmp(Buffer.from(text, encoding))).toBe(text);
  });

  test('is read from UTF-16 of the other byte order', () => {
    expect(decodeXmp(Buffer.from(XMP_ATTRIBUTES, 'utf16le').swap16())).toBe(XMP_ATTRIBUTES);
  });

  test('is refused when it is not what it claims', () => {
    expect(decodeXmp(Buffer.from('<a>\xff\xfe</a>', 'latin1'))).toBeNull();
    expect(decodeXmp(Buffer.from('<a>\0</a>'))).toBeNull();
  });
});

describe('a packet that is too long', () => {
  const long = `<dc:source>${'long '.repeat(2_000)}</dc:source>`;
  const packet = xmpPacket(`${SPACES} xmp:Rating="5"`, `<dc:format>image/jpeg</dc:format>${long}`);

  test('is split into one that fits and one that it names by its MD5', () => {
    const parts = splitXmp(packet, 5_000, nameOf) ?? expect.fail();
    expect(Buffer.byteLength(parts.packet)).toBeLessThanOrEqual(5_000);
    expect(extendedName(parts.packet)).toBe(nameOf(parts.extended));
    expect([parts.packet.includes(long), parts.extended.includes(long)]).toEqual([false, true]);
    expect(parts.packet).toContain('<dc:format>image/jpeg</dc:format>');
    expect([parseXml(parts.packet), parseXml(parts.extended)]).not.toContain(null);
  });

  test('comes back with all its properties when the two are joined', () => {
    const parts = splitXmp(packet, 5_000, nameOf) ?? expect.fail();
    const joined = joinXmp(parts.packet, parts.extended) ?? expect.fail();
    expect(extendedName(joined)).toBeNull();
    for (const property of ['xmp:Rating="5"', '<dc:format>image/jpeg</dc:format>', long]) {
      expect(joined.split(property)).toHaveLength(2);
    }
    const moved = parseXml(joined)?.children[0]?.children[1]?.children[0];
    expect(moved?.name).toEqual({ space: 'http://purl.org/dc/elements/1.1/', local: 'source' });
  });

  test('takes the prefixes along that hold around the properties of the second part', () => {
    const second =
      '<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:far="urn:far"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
      '<r:Description xmlns:near="urn:near"><far:a near:b="1"/></r:Description></r:RDF></x:xmpmeta>';
    const joined = joinXmp(XMP_ATTRIBUTES, second) ?? expect.fail();
    const moved = parseXml(joined)?.children[0]?.children[1];
    expect(moved?.name.local).toBe('Description');
    expect(moved?.children[0]?.name).toEqual({ space: 'urn:far', local: 'a' });
    expect(moved?.children[0]?.attributes[0]?.name).toEqual({ space: 'urn:near', local: 'b' });
  });

  test('is not split when nothing in it can be moved', () => {
    expect(splitXmp(xmpPacket(`${SPACES} dc:source="${'long '.repeat(2_000)}"`), 5_000, nameOf)).toBeNull();
  });

  test('may only be so by the white space that editors leave in it', () => {
    expect(withoutPadding(XMP_ATTRIBUTES).length).toBeLessThan(XMP_ATTRIBUTES.length - 1_900);
    expect(withoutPadding(XMP_ATTRIBUTES)).toMatch(/<\/x:xmpmeta>\n<\?xpacket end="w"\?>$/);
  });

  test('keeps the prefixes that are declared far above a property', () => {
    const above =
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" ' +
      `xmlns:own="urn:a&quot;b"><rdf:Description rdf:about="x"><own:text>${'o'.repeat(900)}</own:text></rdf:Description></rdf:RDF></x:xmpmeta>`;
    const parts = splitXmp(above, 700, nameOf) ?? expect.fail();
    const moved = parseXml(parts.extended)?.children[0]?.children[0];
    expect(moved?.children[0]?.name).toEqual({ space: 'urn:a&quot;b', local: 'text' });
    expect(moved?.attributes.some(({ raw }) => raw === 'rdf:about')).toBe(true);
  });
});
