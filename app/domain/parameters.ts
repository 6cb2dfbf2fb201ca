// The seven parameters of bria-enhance-image and their ranges. Source: the model's API page at Segmind.

export const RESOLUTIONS = ['1MP', '2MP', '4MP'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What the user chooses for a batch; the seventh parameter, `image`, is each photo's own. */
export interface Parameters {
  /** Size of the output, in megapixels. */
  readonly resolution: Resolution;
  /** Refinement iterations, 10–50. */
  readonly steps: number;
  /** 1–999999: the same seed gives the same result. */
  readonly seed: number;
  readonly preserveAlpha: boolean;
  readonly inputModeration: boolean;
  readonly outputModeration: boolean;
}

export const DEFAULT_PARAMETERS: Parameters = {
  resolution: '4MP',
  steps: 30,
  seed: 123_456,
  preserveAlpha: true,
  inputModeration: true,
  outputModeration: true,
};

export const STEPS = { min: 10, max: 50 } as const;
export const SEED = { min: 1, max: 999_999 } as const;

/** The parameters alone, in the one order in which they are kept: they are compared as they are written. */
export function parametersOf(given: Parameters): Parameters {
  const { resolution, steps, seed, preserveAlpha, inputModeration, outputModeration } = given;
  return { resolution, steps, seed, preserveAlpha, inputModeration, outputModeration };
}

/** One sentence for each parameter that is out of range; empty when all is well. */
export function parameterProblems(given: {
  readonly resolution: string;
  readonly steps: number;
  readonly seed: number;
}): string[] {
  const problems: string[] = [];
  if (!(RESOLUTIONS as readonly string[]).includes(given.resolution)) {
    problems.push(`The resolution must be one of ${RESOLUTIONS.join(', ')}, not “${given.resolution}”.`);
  }
  if (!isWholeIn(given.steps, STEPS)) {
    problems.push(`The steps must be a whole number from ${STEPS.min} to ${STEPS.max}, not ${given.steps}.`);
  }
  if (!isWholeIn(given.seed, SEED)) {
    problems.push(`The seed must be a whole number from ${SEED.min} to ${SEED.max}, not ${given.seed}.`);
  }
  return problems;
}

/** The body of a submit, by the names of the service. */
export function requestBody(parameters: Parameters, image: string): Record<string, string | number | boolean> {
  return {
    image,
    resolution: parameters.resolution,
    steps_num: parameters.steps,
    seed: parameters.seed,
    preserve_alpha: parameters.preserveAlpha,
    visual_input_content_moderation: parameters.inputModeration,
    visual_output_content_moderation: parameters.outputModeration,
  };
}

/** The pixels that the service delivers at most for a resolution. */
export function outputPixels(resolution: Resolution): number {
  return Number.parseInt(resolution, 10) * 1_000_000;
}

function isWholeIn(value: number, range: { readonly min: number; readonly max: number }): boolean {
  return Number.isInteger(value) && value >= range.min && value <= range.max;
}
