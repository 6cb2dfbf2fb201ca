// The tones that say a state stand beside text and on every surface that a tile or a line can have: 4.5:1, as for text.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('renderer/styles/tokens.css', 'utf8');
const [dark = '', light = ''] = css.split('@media (prefers-color-scheme: light)');
const SURFACES = ['canvas', 'panel', 'raised', 'hover', 'pressed', 'accent-soft'];
const TONES = ['done', 'accent', 'failed', 'uncertain', 'text-soft', 'text'];

/** Relative luminance, by WCAG 2.2. */
function luminance(theme: string, token: string): number {
  const [, hex] = new RegExp(`--${token}: #([0-9a-f]{6});`).exec(theme) ?? [];
  if (hex === undefined) throw new Error(`${token} is no colour of its own`);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(theme: string, one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(theme, one), luminance(theme, other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each([
  ['dark', dark],
  ['light', light],
])('in the %s theme', (_, theme) => {
  it.each(TONES)('%s can be read on every surface', (tone) => {
    const poor = SURFACES.filter((surface) => contrast(theme, tone, surface) < 4.5);
    expect(poor).toEqual([]);
  });

  it('buttons of the accent can be read', () => {
    for (const fill of ['accent', 'accent-hover']) {
      expect(contrast(theme, 'on-accent', fill)).toBeGreaterThanOrEqual(4.5);
    }
  });
});
