// Every picture that is made from the drawings beside this file: which sizes, from which drawing, into which file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { packIcns } from './icns.ts';
import { packIco, type IconImage } from './ico.ts';

const ICO_SIZES = [16, 20, 24, 32, 40, 48, 64, 128, 256];
const LINUX_SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const MAC_SIZES = [32, 64, 128, 256, 512, 1024];
/** Sides above this are drawn from icon.svg; up to it, from the simpler icon-small.svg. */
const SMALL = 40;
/** macOS wants air around the tile. Elsewhere an icon fills its square, but for the shadow: px of air cut from 1024. */
const AIR = 62;
const AMBER = '#f5a524';
/** Electron chooses among files by these endings of their names. */
const DENSITIES = { '': 16, '@1.25x': 20, '@1.5x': 24, '@2x': 32 } as const;
const TRAY_STATES = ['', 'Paused', 'Attention'] as const;

/**
 * Renders all icons.
 * @returns the content of each file by its path in `build/`, with `/`
 */
export async function renderIcons(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  files.set('icon.ico', packIco(await images(ICO_SIZES, 'full')));
  files.set('icon.icns', packIcns(await images(MAC_SIZES, 'mac')));
  for (const { size, png } of await images(LINUX_SIZES, 'full')) files.set(`icons/${size}x${size}.png`, png);
  for (const state of TRAY_STATES) await trayIcons(state, files);
  return files;
}

function images(sizes: readonly number[], fit: 'full' | 'mac'): Promise<IconImage[]> {
  const whole = drawing('icon.svg');
  const side = 1024 - 2 * AIR;
  const large =
    fit === 'mac' ? whole : whole.replace('viewBox="0 0 1024 1024"', `viewBox="${AIR} ${AIR} ${side} ${side}"`);
  const small =
    fit === 'mac'
      ? drawing('icon-small.svg').replace('viewBox="0 0 32 32"', 'viewBox="-2 -2 36 36"')
      : drawing('icon-small.svg');
  return Promise.all(sizes.map(async (size) => ({ size, png: await render(size > SMALL ? large : small, size) })));
}

/** A template of macOS is black and clear, and the system colours it; elsewhere there is a glyph for each tone of panel. */
async function trayIcons(state: (typeof TRAY_STATES)[number], files: Map<string, Buffer>): Promise<void> {
  const glyph = drawing(state === '' ? 'tray.svg' : `tray-${state.toLowerCase()}.svg`);
  const tinted = (ink: string, badge: string) =>
    glyph.replaceAll('currentColor', ink).replace('class="badge"', `fill="${badge}"`);
  for (const [density, size] of Object.entries(DENSITIES)) {
    if (density === '' || density === '@2x')
      files.set(`tray/tray${state}Template${density}.png`, await render(tinted('#000', '#000'), size));
    files.set(`tray/tray${state}OnLight${density}.png`, await render(tinted('#1d1f22', AMBER), size));
    files.set(`tray/tray${state}OnDark${density}.png`, await render(tinted('#fff', AMBER), size));
  }
}

function drawing(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8');
}

/** The drawing says its own width, so that librsvg draws it at that size instead of scaling pixels. */
function render(svg: string, size: number): Promise<Buffer> {
  const sized = svg.replace('<svg ', `<svg width="${size}" height="${size}" `);
  return sharp(Buffer.from(sized)).png({ compressionLevel: 9 }).toBuffer();
}
