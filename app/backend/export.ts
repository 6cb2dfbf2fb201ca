// The history as a file: CSV as spreadsheets read it, or JSON. It is written a page at a time beside its place and put
// there whole; the place of a picture it never takes.
import { rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Batch } from '../domain/batch.ts';
import { failure, FailureError } from '../domain/failure.ts';
import type { History } from '../history/history.ts';
import { PartFile, publish } from '../lib/atomic-write.ts';
import type { Clock } from '../lib/clock.ts';
import { withoutKeys } from '../lib/log.ts';
import type { ExportLine } from './export-lines.ts';
import { csvLine, EXPORT_COLUMNS, exportLine } from './export-lines.ts';
import { inSlices } from './slices.ts';

export interface ExportRequest {
  readonly history: History;
  readonly clock: Clock;
  /** Jobs, in the order in which they are to be listed; those that are gone meanwhile are left out. */
  readonly ids: readonly number[];
  readonly format: 'csv' | 'json';
  /** The file that the user chose, absolute; one of that name gives way, as the dialog asked. */
  readonly chosen: string;
}

export interface Exported {
  readonly jobs: number;
  /** Name of the file, without its folder. */
  readonly name: string;
}

/**
 * @throws {FailureError} `would_overwrite` for a photo or a result of Lightbatch, `export_failed` when it cannot be written
 */
export async function exportHistory(request: ExportRequest): Promise<Exported> {
  const { history, clock, format, chosen } = request;
  const isNamed = extname(chosen).toLowerCase() === `.${format}`;
  const target = isNamed ? chosen : `${chosen}.${format}`;
  if (history.jobs.isSource(target) || history.jobs.isOutput(target)) {
    const message = 'The list would take the place of a picture. Choose another name for it.';
    throw new FailureError(failure('would_overwrite', { message }));
  }
  const part = join(dirname(target), `.${basename(target)}.part`);
  try {
    const jobs = await write(request, part);
    // Nobody was asked about a name that was completed here.
    if ((await publish(part, target, { replace: isNamed, clock })) === 'published') {
      return { jobs, name: basename(target) };
    }
    await rm(part, { force: true });
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined); // the first error is the one to tell
    const detail = error instanceof Error ? error.message : String(error);
    throw new FailureError(failure('export_failed', { detail }), { cause: error });
  }
  const message = `There is a file or folder “${basename(target)}” already. Choose another name for the list.`;
  throw new FailureError(failure('export_failed', { message }));
}

/** Writes the whole list and flushes it. @returns how many jobs are in it */
async function write({ history, ids, format }: ExportRequest, path: string): Promise<number> {
  const part = await PartFile.create(path);
  const text = format === 'csv' ? csvText() : jsonText();
  const put = (chunk: string) => part.write(Buffer.from(withoutKeys(chunk)));
  try {
    const batches = new Map<number, Batch | null>();
    await put(text.begin);
    let jobs = 0;
    await inSlices(ids, async (slice) => {
      const lines = linesOf(history, slice, batches);
      await put(lines.map((line, index) => text.line(line, jobs + index)).join(''));
      jobs += lines.length;
    });
    await put(text.end);
    await part.finish();
    return jobs;
  } catch (error) {
    await part.discard().catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

function linesOf(history: History, ids: readonly number[], batches: Map<number, Batch | null>): ExportLine[] {
  const attempts = history.attempts.ofJobs(ids);
  return history.summaries.byIds(ids).flatMap((summary): ExportLine[] => {
    const { id, batchId } = summary.job;
    const batch = batches.get(batchId) ?? history.batches.get(batchId);
    batches.set(batchId, batch);
    return batch === null ? [] : [exportLine(summary, { batch, attempts: attempts.get(id) ?? [] })];
  });
}

interface Text {
  readonly begin: string;
  readonly line: (line: ExportLine, index: number) => string;
  readonly end: string;
}

/** With the byte order mark by which Excel knows UTF-8. */
function csvText(): Text {
  return {
    begin: `\ufeff${csvLine(EXPORT_COLUMNS)}`,
    line: (line) => csvLine(EXPORT_COLUMNS.map((column) => line[column])),
    end: '',
  };
}

function jsonText(): Text {
  return {
    begin: '[',
    line: (line, index) => `${index === 0 ? '\n' : ',\n'}${JSON.stringify(line)}`,
    end: '\n]\n',
  };
}
