// The proof of a dressed picture: what it does not let pass.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { metadataBySharp, type Outfit, readsBack } from '../../../app/media/metadata/proof.ts';
import { iptcAsResources } from '../../../app/media/metadata/photoshop.ts';
import { CONTAINERS } from '../../../app/media/metadata/read.ts';
import { noisy } from '../pictures.ts';
import { cameraTags, exifBlock, type Format, FORMATS, iptcRecords, XMP_ATTRIBUTES } from './samples.ts';

const UPRIGHT = cameraTags().filter(([tag]) => tag !== 0x112);

async function made(format: Format, tags = UPRIGHT): Promise<{ file: Buffer; outfit: Outfit }> {
  const result = await noisy().withIccProfile('p3').toFormat(format).toBuffer();
  const container = CONTAINERS[format];
  const iptc = format === 'webp' ? null : iptcAsResources(iptcRecords());
  const blocks = { exif: exifBlock(true, tags).bytes, xmp: XMP_ATTRIBUTES, iptc };
  const picture = container.split(result) ?? expect.fail();
  const before = (await metadataBySharp(result)) ?? expect.fail();
  const { pieces: metadata } = container.encode(blocks);
  const carried = iptc ? (['exif', 'xmp', 'iptc'] as const) : (['exif', 'xmp'] as const);
  return {
    file: Buffer.from(container.join(picture, metadata, before)),
    outfit: { format, carried, blocks, metadata, picture, before },
  };
}

describe.each(FORMATS)('a %s', (format) => {
  test('that is what it should be passes', async () => {
    const { file, outfit } = await made(format);
    expect(await readsBack(file, outfit)).toBe(true);
  });

  test.each(['ACME One', 'Fjord', 'w"?>'])('with its metadata changed at “%s” does not', async (place) => {
    const { file, outfit } = await made(format);
    const at = file.indexOf(place);
    file[at] = (file[at] ?? 0) ^ 1;
    expect(at).toBeGreaterThan(0);
    expect(await readsBack(file, outfit)).toBe(false);
  });

  test('with a byte of its pixels changed does not', async () => {
    const { file, outfit } = await made(format);
    const at = format === 'webp' ? file.indexOf('EXIF') - 100 : file.length - 100;
    file[at] = (file[at] ?? 0) ^ 1;
    expect(await readsBack(file, outfit)).toBe(false);
  });

  test('that lacks its end, or all of it, does not', async () => {
    const { file, outfit } = await made(format);
    for (const cut of [file.subarray(0, -1), file.subarray(0, 40), Buffer.alloc(0)]) {
      expect(await readsBack(cut, outfit)).toBe(false);
    }
  });

  test('that would be shown turned does not', async () => {
    const { file, outfit } = await made(format, cameraTags());
    expect(await readsBack(file, outfit)).toBe(false);
  });

  test('of another size, profile, transparency or format than the result, by sharp’s word, does not', async () => {
    const { file, outfit } = await made(format);
    const { before } = outfit;
    const others: Outfit['before'][] = [
      { ...before, width: before.width + 1 },
      { ...before, icc: Buffer.from('another profile') },
      { ...before, hasAlpha: true },
      { ...before, format: 'tiff' },
    ];
    for (const other of others) expect(await readsBack(file, { ...outfit, before: other })).toBe(false);
  });
});

test('a picture that had no end before does not pass either', async () => {
  const { file, outfit } = await made('jpeg');
  const [last, ...others] = outfit.picture.toReversed();
  const cut = { kind: 'picture', bytes: last?.bytes.subarray(0, -2) ?? expect.fail() } as const;
  expect(await readsBack(file.subarray(0, -2), { ...outfit, picture: [...others.toReversed(), cut] })).toBe(false);
});

test.each(['jpeg', 'png'] as const)(
  'in a %s, pieces that do not say what was to be said do not pass',
  async (format) => {
    const { file, outfit } = await made(format);
    const other = iptcAsResources(iptcRecords().subarray(0, 20));
    expect(await readsBack(file, { ...outfit, blocks: { ...outfit.blocks, iptc: other } })).toBe(false);
  },
);

test('a profile that is no longer announced, and so not seen, does not pass', async () => {
  const { file, outfit } = await made('webp');
  file[20] = (file[20] ?? 0) & ~0x20;
  expect((await sharp(file).metadata()).icc).toBeUndefined();
  expect(await readsBack(file, outfit)).toBe(false);
});
