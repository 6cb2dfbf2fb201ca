// How the help reads: each option with its default and its environment variable, and what no option can tell.
import type { HelpConfiguration, Option } from 'commander';
import { EXIT } from './usage-error.ts';

export const HELP: HelpConfiguration = { optionDescription };

/** What comes after the help of the program as a whole. */
export const AFTER_HELP = `
Examples:
  lightbatch enhance ~/Pictures/Wedding --practice     try it: no key, no cost
  lightbatch enhance ~/Pictures/Wedding --out ~/Best   with the key in SEGMIND_API_KEY
  lightbatch watch ~/Pictures/Tethered                 enhance every photo that comes to a folder
  lightbatch resume                                    go on after Ctrl-C, a crash or a power cut
  lightbatch history --status failed                   see why

Environment:
  SEGMIND_API_KEY      the key of your Segmind account
  LIGHTBATCH_…         the options that name one

Exit status:
  ${EXIT.well}    all well
  ${EXIT.failures}    some photos failed, or may have been charged without a result
  ${EXIT.usage}    something must be put right before anything can run
  ${EXIT.stopped}    the queue stopped: the key, the credits, a limit, a disk
  ${EXIT.interrupted}  interrupted; “resume” goes on`;

function plainText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Says nothing of a switch that is off until it is given. */
function optionDescription(option: Option): string {
  const { argChoices, defaultValueDescription, description, envVar } = option;
  const defaultValue: unknown = option.defaultValue;
  const isSwitch = option.isBoolean() || option.negate;
  const usual = defaultValueDescription ?? plainText(defaultValue);
  const notes = [
    argChoices?.join(', '),
    (isSwitch && defaultValueDescription === undefined) || usual === undefined ? undefined : `default: ${usual}`,
    envVar,
  ].filter((note) => note !== undefined);
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}
