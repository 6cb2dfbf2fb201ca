import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fit, hold, isFit, pan, sameSize, wheelFactor, zoomTo } from '../../../renderer/lib/zoom.ts';

const picture = { width: 6_000, height: 4_000 };
const box = { width: 1_200, height: 900 };
const frame = { picture, box, one: 1 };

describe('the look at a picture', () => {
  it('shows the whole picture in the middle at first', () => {
    expect(fit(picture, box, 1)).toEqual({ scale: 0.2, x: 0, y: 50 });
  });

  it('does not blow up a picture that is smaller than the window', () => {
    expect(fit({ width: 400, height: 300 }, box, 1)).toEqual({ scale: 1, x: 400, y: 300 });
    expect(fit({ width: 400, height: 300 }, box, 0.5)).toMatchObject({ scale: 0.5 }); // a screen of two pixels a pixel
  });

  it('keeps the point under the pointer where it is while zooming', () => {
    const at = { x: 300, y: 400 };
    const look = zoomTo(fit(picture, box, 1), 1, at, frame);
    expect(look.scale).toBe(1);
    expect((at.x - look.x) / look.scale).toBeCloseTo(300 / 0.2);
    expect((at.y - look.y) / look.scale).toBeCloseTo((400 - 50) / 0.2);
  });

  it('goes no farther out than the whole picture and no closer than eight pixels a pixel', () => {
    const look = fit(picture, box, 1);
    expect(zoomTo(look, 0.01, { x: 0, y: 0 }, frame)).toEqual(look);
    expect(zoomTo(look, 100, { x: 0, y: 0 }, frame).scale).toBe(8);
    expect(isFit(look, picture, box, 1)).toBe(true);
    expect(isFit({ ...look, scale: 0.21 }, picture, box, 1)).toBe(false);
  });

  it('never leaves a gap at an edge, however it is zoomed and dragged', () => {
    const step = fc.record({
      scale: fc.double({ min: 0.01, max: 20, noNaN: true }),
      x: fc.integer({ min: -9_000, max: 9_000 }),
      y: fc.integer({ min: -9_000, max: 9_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        let look = fit(picture, box, 1);
        for (const { scale, x, y } of steps) {
          look = pan(zoomTo(look, scale, { x: Math.abs(x) % 1_200, y: Math.abs(y) % 900 }, frame), { x, y }, frame);
          const right = look.x + picture.width * look.scale;
          const bottom = look.y + picture.height * look.scale;
          expect(Math.abs(look.x - (box.width - right)) < 1e-6 || (look.x <= 1e-6 && right >= box.width - 1e-6)).toBe(
            true,
          );
          expect(
            Math.abs(look.y - (box.height - bottom)) < 1e-6 || (look.y <= 1e-6 && bottom >= box.height - 1e-6),
          ).toBe(true);
        }
      }),
    );
  });

  it('keeps within its box when the window gets larger', () => {
    expect(hold({ scale: 1, x: -4_800, y: -3_100 }, { ...frame, box: { width: 2_000, height: 1_500 } })).toEqual({
      scale: 1,
      x: -4_000,
      y: -2_500,
    });
  });

  it('measures both pictures in the pixels of the enhanced one', () => {
    expect(sameSize(picture, { width: 2_449, height: 1_633 })).toEqual({ width: 2_449, height: 1_633 });
    expect(sameSize(picture, null)).toEqual(picture);
  });

  it('zooms in by a wheel that is turned away, the same way out again, and gently on every kind of mouse', () => {
    expect(wheelFactor(-100, 0, false)).toBeGreaterThan(1.1);
    expect(wheelFactor(-100, 0, false) * wheelFactor(100, 0, false)).toBeCloseTo(1);
    expect(wheelFactor(-3, 1, false)).toBeGreaterThan(1.05); // lines
    expect(wheelFactor(-1, 2, false)).toBeLessThan(2); // pages
    expect(wheelFactor(-10, 0, true)).toBeGreaterThan(wheelFactor(-10, 0, false)); // a pinch
  });
});
