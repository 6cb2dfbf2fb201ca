// The files of a job, opened or shown by the system, or missed: by its id, as the history knows them.
import { stat } from 'node:fs/promises';
import type { Which } from '../contract/pictures.ts';
import { failure, FailureError } from '../domain/failure.ts';
import type { History } from '../history/history.ts';
import type { Context } from './context.ts';

interface Asked {
  readonly id: number;
  readonly which: Which;
}

/** @throws {FailureError} `job_gone`, `source_missing`, `output_missing`; what the system says when it cannot open it */
export async function open({ history, shell }: Context, asked: Asked): Promise<null> {
  await shell.openPath(await fileOf(history, asked));
  return null;
}

/** @throws {FailureError} `job_gone`, `source_missing`, `output_missing` */
export async function reveal({ history, shell }: Context, asked: Asked): Promise<null> {
  shell.reveal(await fileOf(history, asked));
  return null;
}

/** Which of a job's files are not where the history has them; none when the job itself is gone. */
export async function away({ history }: Context, { id }: { readonly id: number }): Promise<readonly Which[]> {
  const job = history.jobs.get(id);
  const missed = async (which: Which, path: string | undefined) =>
    path === undefined || (await isFile(path)) ? [] : [which];
  return [...(await missed('original', job?.sourcePath)), ...(await missed('enhanced', job?.output?.path))];
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false; // gone, or its drive or its share is
}

async function fileOf(history: History, { id, which }: Asked): Promise<string> {
  const job = history.jobs.get(id);
  if (job === null) throw new FailureError(failure('job_gone'));
  if (which === 'enhanced' && job.output === null) {
    throw new FailureError(failure('output_missing', { message: 'This photo has no enhanced picture yet.' }));
  }
  const path = which === 'original' ? job.sourcePath : (job.output?.path ?? '');
  try {
    if ((await stat(path)).isFile()) return path;
  } catch (error) {
    throw new FailureError(missing(which), { cause: error });
  }
  throw new FailureError(missing(which));
}

function missing(which: Which) {
  if (which === 'enhanced') return failure('output_missing');
  return failure('source_missing', {
    message: 'The photo is no longer where it was. Put it back or connect its drive, then open it.',
  });
}
