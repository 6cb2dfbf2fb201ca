// Frames of a page, and what is said of many measured values.
import type { Page } from '@playwright/test';

/** Milliseconds between frames of a page, from now on. */
export function framesOf(page: Page, span: number): Promise<number[]> {
  return page.evaluate(
    (length) =>
      new Promise<number[]>((resolve) => {
        const frames: number[] = [];
        const began = performance.now();
        let last = began;
        const step = (now: number) => {
          frames.push(now - last);
          last = now;
          if (now - began < length) requestAnimationFrame(step);
          else resolve(frames.slice(1));
        };
        requestAnimationFrame(step);
      }),
    span,
  );
}

/** The middle one. */
export function middle(values: readonly number[]): number {
  return at(values, 0.5);
}

/** The value that a share of them, 0 to 1, does not reach. */
export function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
