// What the practice model makes of a request: the service's parameters checked and turned into settings for the
// retouch. Pure; the pixels are worked on by whoever gives the practice service its `Retouch`.
import type { RetouchSettings, UploadFormat } from '../domain/picture.ts';
import { DEFAULT_PARAMETERS, outputPixels, parameterProblems, RESOLUTIONS, STEPS } from '../domain/parameters.ts';
import type { Parameters, Resolution } from '../domain/parameters.ts';

export type ReadParameters = { readonly parameters: Parameters } | { readonly problem: string };

/**
 * The parameters of a submit, with the service's defaults for those not given. `problem` is a sentence for the `error`
 * of the request, which fails for it: the service accepts such a submit first.
 */
export function readParameters(body: Readonly<Record<string, unknown>>): ReadParameters {
  const { resolution = DEFAULT_PARAMETERS.resolution } = body;
  const { steps_num: steps = DEFAULT_PARAMETERS.steps, seed = DEFAULT_PARAMETERS.seed } = body;
  if (!isResolution(resolution)) return { problem: `Invalid parameters: resolution must be ${RESOLUTIONS.join(', ')}` };
  if (typeof steps !== 'number') return { problem: 'Invalid parameters: steps_num must be an integer' };
  if (typeof seed !== 'number') return { problem: 'Invalid parameters: seed must be an integer' };
  const [problem] = parameterProblems({ resolution, steps, seed });
  if (problem) return { problem: `Invalid parameters: ${problem}` };
  const switches = readSwitches(body);
  if (typeof switches === 'string') return { problem: `Invalid parameters: ${switches} must be true or false` };
  return { parameters: { resolution, steps, seed, ...switches } };
}

/**
 * How the practice model retouches: size from the resolution; clarity and sharpening grow with the steps, so that a
 * choice of steps can be seen. The same parameters give the same settings, and with the same seed the same picture.
 */
export function retouchSettings(parameters: Parameters, source: UploadFormat): RetouchSettings {
  const effort = (parameters.steps - STEPS.min) / (STEPS.max - STEPS.min);
  const format = outputFormat(source);
  return {
    maxPixels: outputPixels(parameters.resolution),
    clarity: round(0.25 + 0.4 * effort),
    sharpen: round(0.3 + 0.4 * effort),
    noise: round(0.15 + 0.15 * effort),
    seed: parameters.seed,
    keepAlpha: parameters.preserveAlpha && format === 'png',
    format,
  };
}

/** PNG for a PNG, where there may be real alpha; JPEG for all else. */
export function outputFormat(source: UploadFormat): 'jpeg' | 'png' {
  return source === 'png' ? 'png' : 'jpeg';
}

/** The format of a picture by its first 12 bytes; null when the model does not read it. */
export function pictureFormat(head: Uint8Array): UploadFormat | null {
  const text = String.fromCharCode(...head.subarray(0, 12));
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'webp';
  return null;
}

type Switches = Pick<Parameters, 'preserveAlpha' | 'inputModeration' | 'outputModeration'>;

/** The three switches, or the name of the first that is not one. */
function readSwitches(body: Readonly<Record<string, unknown>>): Switches | string {
  const {
    preserve_alpha: preserveAlpha = DEFAULT_PARAMETERS.preserveAlpha,
    visual_input_content_moderation: inputModeration = DEFAULT_PARAMETERS.inputModeration,
    visual_output_content_moderation: outputModeration = DEFAULT_PARAMETERS.outputModeration,
  } = body;
  if (typeof preserveAlpha !== 'boolean') return 'preserve_alpha';
  if (typeof inputModeration !== 'boolean') return 'visual_input_content_moderation';
  if (typeof outputModeration !== 'boolean') return 'visual_output_content_moderation';
  return { preserveAlpha, inputModeration, outputModeration };
}

function isResolution(value: unknown): value is Resolution {
  return (RESOLUTIONS as readonly unknown[]).includes(value);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
