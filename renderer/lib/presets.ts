// Which preset some settings are.
import type { Preset } from '../../app/contract/values.ts';

/** The first preset with just these settings; null when there is none. */
export function presetLike(presets: readonly Preset[], like: Omit<Preset, 'name'>): Preset | null {
  return presets.find((one) => isSame(one.parameters, like.parameters) && isSame(one.output, like.output)) ?? null;
}

function isSame<Value extends object>(a: Value, b: Value): boolean {
  return (Object.keys(a) as (keyof Value)[]).every((key) => a[key] === b[key]);
}
