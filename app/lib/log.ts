// What happened, one JSON object a line, for the day somebody asks. Never holds a key: what looks like one is cut out.
import { appendFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from './clock.ts';
import { makeFolderSync } from './make-folder.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const ROTATE_AT = 5 * 1024 * 1024; // bytes; one older file is kept

/**
 * A log in a file. A line that cannot be written is given to `onTrouble`, once, and the work goes on: a full disk must
 * not stop what the log only tells about.
 */
export function fileLog(path: string, clock: Clock, onTrouble: (error: unknown) => void): Log {
  let troubled = false;
  const write = (level: string, event: string, fields: LogFields = {}) => {
    const line = JSON.stringify({ time: new Date(clock.now()).toISOString(), level, event, ...fields });
    try {
      makeFolderSync(dirname(path));
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT) renameSync(path, `${path}.1`);
      appendFileSync(path, `${withoutKeys(line)}\n`, { mode: 0o600 });
    } catch (error) {
      if (!troubled) onTrouble(error);
      troubled = true;
    }
  };
  return {
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  };
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What is noted down of something that was thrown: where it came from, if it says so. May hold a key: see `withoutKeys`. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A text without anything that has the form of a Segmind key. */
export function withoutKeys(text: string): string {
  return text.replace(/SG_[0-9a-f]{8,}/gi, 'SG_…');
}
