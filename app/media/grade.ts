// The arithmetic of the practice model's retouch: brightness split into three bands (wide, middle, fine), each made
// stronger or calmer, and put together again. Pure, and the same for the same seed.

/** Brightness planes of one picture, a byte a pixel. */
export interface Bands {
  readonly luma: Uint8Array;
  /** Blurred a little: without the fine detail. */
  readonly soft: Uint8Array;
  /** Blurred widely: light and shade only. */
  readonly wide: Uint8Array;
}

export interface GradeSettings {
  readonly clarity: number;
  readonly sharpen: number;
  readonly noise: number;
  readonly seed: number;
}

/** Brightness as the eye weighs it (ITU-R BT.709), of pixels with 3 or 4 bytes each. */
export function lumaOf(pixels: Uint8Array, channels: 3 | 4): Uint8Array {
  const luma = new Uint8Array(pixels.length / channels);
  for (let index = 0, at = 0; index < luma.length; index += 1, at += channels) {
    luma[index] = 0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0) + 0.5;
  }
  return luma;
}

// Chosen by eye on photographs: at full strength still no halos.
const MIDDLE_GAIN = 1.1;
const HALO_LEVELS = 24; // steps beyond this many levels of 255 are edges: lifted less, or they would glow
const FINE_GAIN = 1.6;
const CURVE = 0.16;
const COLOUR_GAIN = 0.14;
const NOISE_LEVELS = 5; // detail weaker than this many levels of 255 counts as noise, at full strength
const GRAIN_LEVELS = 1.2;

/** Grades the pixels in place; a fourth channel (alpha) stays as it is. */
export function grade(pixels: Uint8Array, channels: 3 | 4, bands: Bands, settings: GradeSettings): void {
  const random = generator(settings.seed);
  const strength = 0.95 + 0.1 * random();
  const clarity = settings.clarity * strength;
  const fineGain = 1 + settings.sharpen * FINE_GAIN * strength;
  const threshold = settings.noise * NOISE_LEVELS;
  for (let index = 0, at = 0; index < bands.luma.length; index += 1, at += channels) {
    const luma = bands.luma[index] ?? 0;
    const soft = bands.soft[index] ?? 0;
    const wide = bands.wide[index] ?? 0;
    const level = luma / 255;
    const midtone = 4 * level * (1 - level); // black and white stay what they are
    const fine = luma - soft;
    const calm = Math.sign(fine) * Math.max(0, Math.abs(fine) - threshold);
    const shape = soft - wide;
    const lift = (clarity * MIDDLE_GAIN * midtone * shape) / (1 + Math.abs(shape) / HALO_LEVELS);
    const curve = clarity * CURVE * midtone * (luma - 127.5);
    const grain = GRAIN_LEVELS * (random() - 0.5);
    const graded = soft + lift + calm * fineGain + curve + grain;
    const colour = 1 + clarity * COLOUR_GAIN;
    for (let channel = at; channel < at + 3; channel += 1) {
      const value = graded + ((pixels[channel] ?? 0) - luma) * colour;
      pixels[channel] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
    }
  }
}

/** Numbers in [0, 1) that follow from the seed alone (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
