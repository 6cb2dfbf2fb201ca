// How a name template turns out, shown before there is a photo to show it with.
import { localDay } from '../../app/contract/local-day.ts';
import { extensionOf } from '../../app/domain/format.ts';
import { outputStem, templateProblem } from '../../app/domain/naming.ts';
import type { Parameters } from '../../app/domain/parameters.ts';

/** The name of the result of IMG_0421.jpg; null when the template cannot be used. @param at milliseconds since the epoch */
export function exampleName(template: string, { resolution, steps, seed }: Parameters, at: number): string | null {
  if (templateProblem(template) !== null) return null;
  const stem = outputStem(template, {
    name: 'IMG_0421',
    resolution,
    steps,
    seed,
    date: localDay(at),
    batch: 'Wedding',
  });
  return `${stem}.${extensionOf('jpeg')}`;
}
