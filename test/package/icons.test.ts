// The committed icons against the drawings that they are made from, and the containers by what they must hold.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ICNS_SIZES, packIcns, unpackIcns } from '../../build/icns.ts';
import { packIco, unpackIco } from '../../build/ico.ts';
import { renderIcons } from '../../build/icons.ts';

const home = fileURLToPath(new URL('../../build', import.meta.url));
const committed = (path: string) => readFileSync(join(home, path));
const rendered = await renderIcons();
const pngs = [...rendered.keys()].filter((path) => path.endsWith('.png'));

async function pixels(
  png: Buffer,
): Promise<{ readonly width: number; readonly height: number; readonly data: Buffer }> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** The largest difference of any channel of any pixel, 0 to 255; renderers may round differently from system to system. */
async function difference(one: Buffer, other: Buffer): Promise<number> {
  const [a, b] = [await pixels(one), await pixels(other)];
  if (a.width !== b.width || a.height !== b.height) return 255;
  return a.data.reduce((most, value, index) => Math.max(most, Math.abs(value - (b.data[index] ?? 0))), 0);
}

describe('the committed icons', () => {
  it('are the files that the drawings give, no more and no fewer', () => {
    const there = ['icons', 'tray'].flatMap((folder) =>
      readdirSync(join(home, folder)).map((name) => `${folder}/${name}`),
    );
    expect([...there, 'icon.ico', 'icon.icns'].sort()).toEqual([...rendered.keys()].sort());
  });

  it.each(pngs)('show what the drawing shows: %s', async (path) => {
    expect(await difference(committed(path), rendered.get(path) ?? Buffer.alloc(0))).toBeLessThanOrEqual(2);
  });

  it('tell the drawings apart, so that a changed drawing is noticed', async () => {
    expect(await difference(committed('tray/trayOnDark.png'), committed('tray/trayPausedOnDark.png'))).toBeGreaterThan(
      100,
    );
    expect(await difference(committed('tray/trayOnDark.png'), committed('tray/trayOnDark@2x.png'))).toBe(255);
  });
});

describe('the Windows icon', () => {
  const entries = unpackIco(committed('icon.ico'));

  it('holds every size that Windows asks for', () => {
    expect(entries.map(({ size }) => size)).toEqual([16, 20, 24, 32, 40, 48, 64, 128, 256]);
  });

  it.each(entries)('holds a picture of the side that it says, $size px, as drawn', async ({ size, png }) => {
    const drawn = unpackIco(rendered.get('icon.ico') ?? Buffer.alloc(6)).find((entry) => entry.size === size);
    expect((await pixels(png)).width).toBe(size);
    expect(await difference(png, drawn?.png ?? Buffer.alloc(0))).toBeLessThanOrEqual(2);
  });

  it('cannot be written with a side that the format has no words for', () => {
    expect(() => packIco([{ size: 512, png: Buffer.alloc(1) }])).toThrow(RangeError);
  });

  it('is refused when it is cut short', () => {
    expect(() => unpackIco(committed('icon.ico').subarray(0, -1))).toThrow(/outside/);
  });
});

describe('the macOS icon', () => {
  const chunks = unpackIcns(committed('icon.icns'));

  it('holds every type from ic07 to ic14', () => {
    expect([...chunks.keys()]).toEqual(Object.keys(ICNS_SIZES));
  });

  it.each(Object.entries(ICNS_SIZES))('holds in %s a picture of %i px, as drawn', async (type, size) => {
    const png = chunks.get(type) ?? Buffer.alloc(0);
    const drawn = unpackIcns(rendered.get('icon.icns') ?? Buffer.alloc(0)).get(type);
    expect(await pixels(png)).toMatchObject({ width: size, height: size });
    expect(await difference(png, drawn ?? Buffer.alloc(0))).toBeLessThanOrEqual(2);
  });

  it('leaves the air around the tile that macOS expects', async () => {
    const { data, width } = await pixels(chunks.get('ic10') ?? Buffer.alloc(0));
    const alpha = (x: number, y: number) => data[(y * width + x) * 4 + 3];
    expect([alpha(40, 512), alpha(512, 40), alpha(110, 110)]).toEqual([0, 0, expect.toSatisfy((a: number) => a < 60)]);
    expect([alpha(512, 512), alpha(120, 512)]).toEqual([255, 255]);
  });

  it('cannot be written with a side missing, and is refused when it is cut short', () => {
    expect(() => packIcns([])).toThrow(/128 px/);
    expect(() => unpackIcns(committed('icon.icns').subarray(0, -1))).toThrow(/not a whole/);
  });
});

describe('the tray', () => {
  it('has templates of nothing but black, which macOS colours', async () => {
    for (const path of pngs.filter((name) => name.includes('Template'))) {
      const { data } = await pixels(committed(path));
      const coloured = data.some(
        (value, index) => index % 4 < 3 && value > 0 && (data[index - (index % 4) + 3] ?? 0) > 0,
      );
      expect(coloured, path).toBe(false);
    }
  });

  it.each(['', 'Paused', 'Attention'])(
    'has each tone of the state “%s” at every density, sharp at the smallest',
    async (state) => {
      const sides = await Promise.all(
        [
          'Template',
          'Template@2x',
          'OnLight',
          'OnLight@1.25x',
          'OnLight@1.5x',
          'OnLight@2x',
          'OnDark',
          'OnDark@2x',
        ].map(async (tone) => (await pixels(committed(`tray/tray${state}${tone}.png`))).width),
      );
      expect(sides).toEqual([16, 32, 16, 20, 24, 32, 16, 32]);
    },
  );
});
