// The options of `watch`, and the settings of a folder that they make: all of them for a new one; for one that is known only
// what was given anew.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExistsPolicy } from '../domain/batch.ts';
import { type Parameters, parametersOf } from '../domain/parameters.ts';
import {
  CREDITS_A_DAY,
  type Hours,
  MINUTES_A_DAY,
  PATTERNS,
  PHOTOS_A_DAY,
  SETTLE_MS,
  STORM_LIMIT,
  usualWatchSettings,
  type WatchSettings,
} from '../domain/watch.ts';
import { type Limit, limitOf, PATIENCE, type RunCliOptions, whole, withOutput } from './options.ts';
import { withParameters, withRun } from './options.ts';

export interface WatchCliOptions extends RunCliOptions, Parameters {
  /** False for the folder beside the photos, again. */
  readonly out?: string | false;
  readonly recursive: boolean;
  readonly maxUploadMp: number;
  readonly onExists: ExistsPolicy;
  readonly name: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly hours?: Hours | 'any';
  readonly photosADay?: Limit;
  readonly creditsADay?: Limit;
  readonly stormLimit: number;
  /** Milliseconds. */
  readonly settle?: number | 'auto';
  readonly polling: WatchSettings['polling'];
  readonly existing: boolean;
  readonly held: boolean;
  readonly leaveHeld: boolean;
  readonly yes: boolean;
  readonly list: boolean;
  readonly forget: boolean;
}

/** Whether an option was given, on the command line or by its variable. */
export type IsGiven = (option: keyof WatchCliOptions) => boolean;

export function isGivenTo(command: Command): IsGiven {
  return (option) => ['cli', 'env'].includes(command.getOptionValueSource(option) ?? '');
}

export function withWatch(command: Command): Command {
  command
    .optionsGroup('New photos:')
    .addOption(
      new Option('--include <patterns>', 'only such file names, as *.jpg,IMG_*; “*” for all').argParser(patterns),
    )
    .addOption(new Option('--exclude <patterns>', 'no such file names; “none” for none').argParser(patterns))
    .addOption(
      new Option('--settle <s|auto>', 'how long a file must be still before it is taken, seconds')
        .default(undefined, `${SETTLE_MS.usual / 1_000}, on network drives ${SETTLE_MS.network / 1_000}`)
        .argParser(settle),
    )
    .addOption(
      new Option('--polling <when>', '“always” looks again and again: for network drives')
        .choices(['auto', 'always'])
        .default('auto'),
    )
    .option('--existing', 'also what was there before watching began; asks first, or needs --yes', false)
    .optionsGroup('Limits:')
    .addOption(new Option('--hours <from-to|any>', 'when photos are sent, as 08:00-20:00').argParser(hours))
    .addOption(new Option('--photos-a-day <n|none>', 'the rest waits for the next day').argParser(photosADay))
    .addOption(new Option('--credits-a-day <n|none>', 'the rest waits for the next day').argParser(creditsADay))
    .addOption(
      new Option('--storm-limit <n>', 'more new photos than this in a minute or in one go wait until you agree')
        .default(STORM_LIMIT.usual)
        .argParser(whole(STORM_LIMIT)),
    )
    .option('--held', 'what waits because too much came at once; asks first, or needs --yes', false)
    .addOption(
      new Option('--leave-held', 'what waits because too much came at once counts as there before: left alone')
        .default(false)
        .conflicts('held'),
    )
    .option('--yes', 'agree to the price of --existing and --held, and to giving a folder over to practice', false)
    .optionsGroup('Folders:')
    .option('--list', 'show all folders that are known, and end', false)
    .option('--forget', 'watch the named folders no more, and end', false);
  withRun(withOutput(withParameters(command)));
  // What a folder was set to can be taken back.
  command.optionsGroup('Photos and results:').option('--no-out', 'back to the output folder beside the photos');
  command.option('--no-recursive', 'no sub-folders, or no longer');
  for (const flag of ['--preserve-alpha', '--input-moderation', '--output-moderation']) {
    command.addOption(new Option(flag).default(true).hideHelp()); // or neither it nor its “no” would have a default
  }
  // A watch goes on for days: a network that is away over night must not end it.
  command.options.find(({ long }) => long === '--patience')?.default(PATIENCE.max, 'a week');
  command.setOptionValueWithSource('patience', PATIENCE.max, 'default');
  // As in the app: cards and cameras make folders of their own.
  command.options.find(({ long }) => long === '--recursive')?.default(true, 'so for a new folder');
  return command.setOptionValueWithSource('recursive', true, 'default');
}

/** @param before what the folder is set to; null for a new one */
export function settingsOf(options: WatchCliOptions, before: WatchSettings | null, isGiven: IsGiven): WatchSettings {
  const asked = usualWatchSettings({
    parameters: parametersOf(options),
    output: { onExists: options.onExists, template: options.name, maxUploadMegapixels: options.maxUploadMp },
    recursive: options.recursive,
  });
  const old = before ?? asked;
  const given = <Value>(option: keyof WatchCliOptions, value: Value, kept: Value): Value =>
    isGiven(option) ? value : kept;
  const { parameters, output } = asked;
  return {
    parameters: {
      resolution: given('resolution', parameters.resolution, old.parameters.resolution),
      steps: given('steps', parameters.steps, old.parameters.steps),
      seed: given('seed', parameters.seed, old.parameters.seed),
      preserveAlpha: given('preserveAlpha', parameters.preserveAlpha, old.parameters.preserveAlpha),
      inputModeration: given('inputModeration', parameters.inputModeration, old.parameters.inputModeration),
      outputModeration: given('outputModeration', parameters.outputModeration, old.parameters.outputModeration),
    },
    output: {
      onExists: given('onExists', output.onExists, old.output.onExists),
      template: given('name', output.template, old.output.template),
      maxUploadMegapixels: given('maxUploadMp', output.maxUploadMegapixels, old.output.maxUploadMegapixels),
    },
    recursive: given('recursive', options.recursive, old.recursive),
    include: given('include', withoutWord(options.include, '*'), old.include),
    exclude: given('exclude', withoutWord(options.exclude, 'none'), old.exclude),
    hours: given('hours', options.hours === 'any' ? null : (options.hours ?? null), old.hours),
    photosADay: given('photosADay', limitOf(options.photosADay ?? 'none'), old.photosADay),
    creditsADay: given('creditsADay', limitOf(options.creditsADay ?? 'none'), old.creditsADay),
    stormLimit: given('stormLimit', options.stormLimit, old.stormLimit),
    settleMs: given('settle', options.settle === 'auto' ? null : (options.settle ?? null), old.settleMs),
    polling: given('polling', options.polling, old.polling),
  };
}

/** A list that is just the word for “no restriction” is empty. */
function withoutWord(list: readonly string[] = [], word: string): readonly string[] {
  return list.length === 1 && list[0] === word ? [] : list;
}

function patterns(value: string, earlier: readonly string[] = []): readonly string[] {
  const all = [...earlier, ...value.split(',').map((pattern) => pattern.trim())];
  if (all.some((pattern) => /[/\\]/.test(pattern))) {
    throw new InvalidArgumentError('It must be names of files: leave out folders, slashes and backslashes.');
  }
  if (all.some((pattern) => pattern === '' || pattern.length > PATTERNS.length) || all.length > PATTERNS.max) {
    throw new InvalidArgumentError(
      `It must be file names with * and ?, separated by commas: ${PATTERNS.max} of ${PATTERNS.length} characters at most.`,
    );
  }
  return all;
}

function settle(value: string): number | 'auto' {
  if (value === 'auto') return value;
  const seconds = Number(value);
  const { min, max } = SETTLE_MS;
  if (value.trim() !== '' && seconds * 1_000 >= min && seconds * 1_000 <= max) return Math.round(seconds * 1_000);
  throw new InvalidArgumentError(`It must be a number from ${min / 1_000} to ${max / 1_000}, or “auto”.`);
}

function hours(value: string): Hours | 'any' {
  if (value === 'any') return value;
  const found = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(value);
  const [fromHour = NaN, fromMinute = NaN, toHour = NaN, toMinute = NaN] = (found ?? []).slice(1).map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  const right = from < MINUTES_A_DAY && to <= MINUTES_A_DAY && fromMinute < 60 && toMinute < 60;
  const span = { from, to: to % MINUTES_A_DAY }; // 24:00 is 00:00 of the next day
  if (right && span.from !== span.to) return span;
  if (right) throw new InvalidArgumentError('Both times are the same: “any” is for the whole day.');
  throw new InvalidArgumentError('It must be two times from 00:00 to 24:00, like 08:00-20:00, or “any”.');
}

function photosADay(value: string): Limit {
  return value === 'none' ? value : whole(PHOTOS_A_DAY)(value);
}

function creditsADay(value: string): Limit {
  if (value === 'none') return value;
  const credits = Number(value);
  const { min, max } = CREDITS_A_DAY;
  if (value.trim() !== '' && credits >= min && credits <= max) return credits;
  throw new InvalidArgumentError(`It must be a number from ${min} to ${max}, or “none”.`);
}
