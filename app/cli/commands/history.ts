// `history`: every job there ever was; works beside whoever runs the queue.
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { JobSummary } from '../../domain/batch.ts';
import type { JobState } from '../../domain/job.ts';
import { History } from '../../history/history.ts';
import { systemClock } from '../../lib/clock.ts';
import { type CommonOptions, ignoring, jobState, SERVICE_FLAGS, whole, withData } from '../options.ts';
import { JOB_FIELDS, jobLine, type Output, reason } from '../output.ts';
import { tellRepair } from '../session.ts';
import { csvCell } from '../text.ts';
import { EXIT } from '../usage-error.ts';

interface HistoryOptions extends CommonOptions {
  readonly status?: JobState[];
  readonly batch?: number;
  readonly csv: boolean;
}

type Act = (json: boolean, action: (output: Output) => Promise<number>) => Promise<void>;

export function addHistory(program: Command, act: Act): void {
  const command = program
    .command('history')
    .description('list all photos ever taken up, oldest first')
    .option('--status <state>', 'only in this state (may be given again)', jobState)
    .option('--batch <id>', 'only of this batch', whole({ min: 1, max: Number.MAX_SAFE_INTEGER }))
    .option('--csv', 'as a table for a spreadsheet', false);
  withData(ignoring(command, SERVICE_FLAGS)).action((options: HistoryOptions) =>
    act(options.json, (output) => Promise.resolve(history(options, output))),
  );
}

function history(options: HistoryOptions, output: Output): number {
  using opened = History.visit({ dir: options.data, clock: systemClock });
  tellRepair(opened, output);
  const summaries = opened.summaries.list({
    ...(options.status ? { states: options.status } : {}),
    ...(options.batch === undefined ? {} : { batchId: options.batch }),
  });
  if (options.csv && !options.json) output.streams.out.write(csvLine(JOB_FIELDS));
  let any = false;
  for (const summary of summaries) {
    any = true;
    tell(summary, options, output);
  }
  if (!any && !options.json && !options.csv) {
    output.say(options.status || options.batch ? 'There is no such photo in the history.' : 'The history is empty.');
  }
  return EXIT.well;
}

function tell(summary: JobSummary, options: HistoryOptions, output: Output): void {
  if (options.json) return output.emit(jobLine(summary));
  if (options.csv) {
    const line = jobLine(summary);
    output.streams.out.write(csvLine(JOB_FIELDS.map((field) => line[field])));
    return;
  }
  const { job, credits } = summary;
  const end = job.output ? `-> ${job.output.path}` : reason(job);
  const cost = credits > 0 ? `  ${credits.toFixed(3)}` : '';
  output.say(`${String(job.id).padStart(6)}  ${job.state.padEnd(10)}${cost}  ${basename(job.sourcePath)}  ${end}`);
}

function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
