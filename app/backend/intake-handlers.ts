// Commands about photos that were given and not started yet.
import type { Handlers } from '../contract.ts';
import type { Intakes } from './intakes.ts';
import { copySamples } from './samples.ts';
import type { Shell } from './shell.ts';

interface IntakeParts {
  readonly intakes: Intakes;
  readonly shell: Shell;
  /** Where the sample photographs came with the app. */
  readonly samplesDir: string;
  readonly dataDir: string;
}

type IntakeCommand =
  | 'intake.choose'
  | 'intake.samples'
  | 'intake.plan'
  | 'intake.chooseOutput'
  | 'intake.clearOutput'
  | 'intake.start'
  | 'intake.discard'
  | 'jobs.again';

export function intakeHandlers({ intakes, shell, samplesDir, dataDir }: IntakeParts): Pick<Handlers, IntakeCommand> {
  const chosen = async (kind: 'files' | 'folder'): Promise<readonly string[]> => {
    if (kind === 'files') return await shell.chooseFiles();
    const folder = await shell.chooseFolder('Choose a folder of photos');
    return folder === null ? [] : [folder];
  };
  return {
    'intake.choose': async ({ kind }) => {
      const paths = await chosen(kind);
      return paths.length === 0 ? null : { id: intakes.add(paths) };
    },
    'intake.samples': async () => ({ id: intakes.add([await copySamples(samplesDir, dataDir)], 'Samples') }),
    'intake.plan': (settings) => intakes.plan(settings),
    'intake.chooseOutput': async ({ id }) => {
      intakes.require(id);
      const folder = await shell.chooseFolder('Choose the folder for these enhanced pictures');
      if (folder !== null) intakes.setOutput(id, folder);
      return folder !== null;
    },
    'intake.clearOutput': ({ id }) => {
      intakes.setOutput(id, null);
      return null;
    },
    'intake.start': (settings) => intakes.start(settings),
    'intake.discard': ({ id }) => {
      intakes.discard(id);
      return null;
    },
    'jobs.again': async ({ ids, unmoderated }) => ({ id: await intakes.again(ids, unmoderated) }),
  };
}
