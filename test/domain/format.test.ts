// Telling files apart by their bytes, and whole pictures from cut ones. Pictures are made by sharp: nothing here decodes.
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { extensionOf, hasWholePicture, isComplete, sniff } from '../../app/domain/format.ts';
import { noisy, tiffHead } from '../media/pictures.ts';

const FORMATS = ['jpeg', 'png', 'webp'] as const;
const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const fileType = (brand: string, ...compatible: string[]) => {
  const body = bytesOf(`ftyp${brand}\0\0\0\0${compatible.join('')}`);
  return Buffer.concat([Buffer.from([0, 0, 0, body.length + 4]), body]);
};

describe('what a file is', () => {
  test.each(['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const)(
    '%s is told from a real picture',
    async (format) => {
      const picture = await noisy(64, 64).toFormat(format).toBuffer();
      expect(sniff(picture.subarray(0, 64))?.format).toBe(format);
    },
  );

  test.each([
    ['%PDF-1.7\n', 'pdf', 'a PDF document'],
    ['GIF89a', 'gif', 'a GIF picture'],
    ['8BPS\0\x01', 'psd', 'a Photoshop document'],
    ['PK\x03\x04', 'zip', 'a ZIP archive or Office document'],
    ['\x1a\x45\xdf\xa3', 'video', 'a Matroska or WebM video'],
    ['RIFF\0\0\0\0AVI LIST', 'video', 'an AVI video'],
    ['BM\x36\x10\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0', 'bmp', 'a BMP picture'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'svg', 'an SVG drawing'],
    ['\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand -->\n<svg/>', 'svg', 'an SVG drawing'],
    ['<!DOCTYPE html>\n<title>404</title>', 'html', 'a web page'],
    ['<?xml version="1.0"?><plist/>', 'xml', 'an XML file'],
    ['{"error":"no such key"}', 'text', 'a text file'],
    ['BM is how this note begins', 'text', 'a text file'],
    ['\0\x05\x16\x07\0\x02\0\0', 'appledouble', 'a metadata file of macOS'],
    ['II*\0\x10\0\0\0CR\x02\0', 'raw', 'a Canon RAW file'],
    ['FUJIFILMCCD-RAW 0201', 'raw', 'a Fujifilm RAW file'],
    ['\0\0\0\0\0\0\0\0', 'zeros', 'a file of zeros, as an unfinished copy leaves behind'],
  ])('%j is %s', (head, format, label) => {
    expect(sniff(bytesOf(head))).toEqual({ format, label });
  });

  test('files of the ISO media family are told apart by their brands, also when the main one is generic', () => {
    expect(sniff(fileType('heic'))?.format).toBe('heic');
    expect(sniff(fileType('mif1', 'mif1', 'heic'))?.format).toBe('heic');
    expect(sniff(fileType('mif1', 'miaf', 'avif'))?.format).toBe('avif');
    expect(sniff(fileType('mif1', 'miaf'))?.label).toBe('a HEIF picture');
    expect(sniff(fileType('crx '))?.format).toBe('raw');
    expect(sniff(fileType('isom', 'mp42'))?.format).toBe('video');
  });

  test('a RAW file built like TIFF is not taken for the small TIFF picture it begins with', () => {
    const [subfileType, compression, photometric, subDirectories, dngVersion] = [254, 259, 262, 330, 50_706];
    expect(sniff(tiffHead([[dngVersion, 0x0401]]))?.format).toBe('raw');
    expect(
      sniff(
        tiffHead([
          [subfileType, 1],
          [subDirectories, 200],
        ]),
      )?.format,
    ).toBe('raw');
    expect(sniff(tiffHead([[compression, 34_713]]))?.format).toBe('raw');
    expect(sniff(tiffHead([[photometric, 32_803]]))?.format).toBe('raw');
    expect(
      sniff(
        tiffHead([
          [subfileType, 0],
          [compression, 5],
        ]),
      )?.format,
    ).toBe('tiff');
  });

  test('an empty file and unknown bytes are nothing', () => {
    expect(sniff(new Uint8Array())).toBeNull();
    expect(sniff(Buffer.from([1, 2, 3, 4, 5, 200]))).toBeNull();
  });

  test('no bytes make it throw', () => {
    const beginnings = fc.constantFrom('', 'II*\0', 'MM\0*', '\0\0\0\x18ftyp', 'RIFF', 'BM', '<', '\xff\xd8\xff\xe1');
    fc.assert(
      fc.property(beginnings, fc.uint8Array({ maxLength: 200 }), (beginning, rest) => {
        const sniffed = sniff(Buffer.concat([bytesOf(beginning), rest]));
        return sniffed === null || sniffed.label.length > 0;
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('whether a picture is whole', () => {
  const edges = (bytes: Uint8Array) => [bytes.subarray(-64), bytes.length, bytes.subarray(0, 64)] as const;

  test.each(FORMATS)('a %s cut at any length is neither complete nor a whole picture', async (format) => {
    const whole = await noisy(48, 32).toFormat(format).toBuffer();
    expect(isComplete(format, ...edges(whole))).toBe(true);
    expect(hasWholePicture(format, whole)).toBe(true);
    for (let length = 0; length < whole.length; length += 1) {
      const cut = whole.subarray(0, length);
      expect({ length, complete: isComplete(format, ...edges(cut)) }).toEqual({ length, complete: false });
      expect({ length, whole: hasWholePicture(format, cut) }).toEqual({ length, whole: false });
    }
  });

  test('a progressive JPEG and one with restart markers are walked to their end', async () => {
    const progressive = await noisy().jpeg({ progressive: true, mozjpeg: true }).toBuffer();
    expect(hasWholePicture('jpeg', progressive)).toBe(true);
    expect(hasWholePicture('jpeg', progressive.subarray(0, -1))).toBe(false);
  });

  test.each(FORMATS)('zeros behind the end of a %s do no harm', async (format) => {
    const padded = Buffer.concat([await noisy(48, 32).toFormat(format).toBuffer(), Buffer.alloc(30)]);
    expect(isComplete(format, ...edges(padded))).toBe(true);
    expect(hasWholePicture(format, padded)).toBe(true);
  });

  test('a photo with a video behind it is whole, also when the video is cut', async () => {
    const photo = await noisy(48, 32).jpeg().toBuffer();
    const motion = Buffer.concat([photo, bytesOf('\0\0\0\x18ftypmp42'), Buffer.alloc(500, 0x5a)]);
    expect(hasWholePicture('jpeg', motion)).toBe(true);
    expect(isComplete('jpeg', ...edges(motion))).toBe(false);
  });

  test('the end of a preview inside a JPEG is not taken for the end of the photo', async () => {
    const preview = await noisy(16, 16).jpeg().toBuffer();
    const photo = await sharp(await noisy(48, 32).png().toBuffer())
      .jpeg()
      .toBuffer();
    const segment = Buffer.concat([
      Buffer.from([0xff, 0xe2, (preview.length + 2) >> 8, (preview.length + 2) & 255]),
      preview,
    ]);
    const cut = Buffer.concat([photo.subarray(0, 2), segment, photo.subarray(2, 400)]);
    expect(cut.includes(Buffer.from([0xff, 0xd9]))).toBe(true);
    expect(hasWholePicture('jpeg', cut)).toBe(false);
  });
});

test('each upload format has its usual extension', () => {
  expect(FORMATS.map(extensionOf)).toEqual(['jpg', 'png', 'webp']);
});
