// What the tests of main/ share: a status to show, a log to read, a folder to write to.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { QueueState } from '../../app/contract/values.ts';
import type { Log, LogFields } from '../../app/lib/log.ts';
import type { Status } from '../../app/backend/backend.ts';
import { queueState } from '../fakes/values.ts';

/** A status of a queue that is there; `unfinished` counts for both, and what is at Segmind is owed. */
export function statusOf(status: Partial<Status> = {}, queue: Partial<QueueState> = {}): Status {
  const unfinished = status.unfinished ?? queue.unfinished ?? 0;
  return {
    practice: false,
    unfinished,
    done: 0,
    running: unfinished > 0 && queue.paused !== true,
    owed: { here: status.practice === true ? 0 : (queue.atService ?? 0), elsewhere: 0 },
    watching: watchStatus(),
    queue: queueState({ unfinished, ...queue }),
    ...status,
  };
}

/** Watch folders of which nothing is to be said, but for what is given. */
export function watchStatus(changes: Partial<Status['watching']> = {}): Status['watching'] {
  return { folders: 0, photosToday: 0, waiting: 0, away: 0, resting: 0, ...changes };
}

export interface RecordingLog extends Log {
  readonly lines: { readonly level: string; readonly event: string; readonly fields: LogFields }[];
}

export function recordingLog(): RecordingLog {
  const lines: RecordingLog['lines'] = [];
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      void lines.push({ level, event, fields });
  return { lines, info: write('info'), warn: write('warn'), error: write('error') };
}

export function tempFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lightbatch-main-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
