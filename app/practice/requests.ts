// The book of requests at the practice service: one small file for each, so that a restart finds them all. What a
// client may see of a request follows from its record and the clock.
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '../domain/parameters.ts';
import type { Clock } from '../lib/clock.ts';
import { makeFolder } from '../lib/make-folder.ts';
import { outputFormat } from './enhance.ts';
import { PART, saveFile } from './files.ts';
import type { Fate, Range } from './options.ts';
import type { Upload } from './pictures.ts';

/** A request that was accepted. Times are milliseconds since the epoch; a changed record is a new object. */
export interface RequestRecord {
  /** `practice-` and a UUID. */
  readonly id: string;
  /** How manyth accepted request it is: they are worked on in this order. */
  readonly number: number;
  readonly submittedAt: number;
  /** The image as given; a `data:` URI by its kind and hash. */
  readonly image: string;
  /** The upload behind it; null when there is none to be had. */
  readonly upload: Upload | null;
  /** Null when they are not valid. */
  readonly parameters: Parameters | null;
  /** Why it will fail, known already when it was accepted. */
  readonly problem: string | null;
  readonly fate: Fate | null;
  readonly queueMs: number;
  readonly latencyMs: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: 'COMPLETED' | 'FAILED' | null;
  readonly error: string | null;
  /** What was billed, once. */
  readonly cost: number | null;
  readonly remaining: number | null;
}

export type RequestState = 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';

export const REQUEST_ID = /^practice-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The name of its result's file. */
export function resultName(record: RequestRecord): string {
  return `${record.id}.${outputFormat(record.upload?.format ?? 'jpeg') === 'png' ? 'png' : 'jpg'}`;
}

export function stateOf(record: RequestRecord): RequestState {
  return record.outcome ?? (record.startedAt === null ? 'QUEUED' : 'PROCESSING');
}

/** What the service tells of times (seconds) and, on success, of credits. */
export function metricsOf(record: RequestRecord, now: number): Record<string, number> {
  const startedAt = record.startedAt ?? record.endedAt ?? now;
  const endedAt = record.endedAt ?? now;
  return {
    queue_time: (startedAt - record.submittedAt) / 1000,
    ...(record.startedAt === null ? {} : { inference_time: (endedAt - startedAt) / 1000 }),
    total_time: (endedAt - record.submittedAt) / 1000,
    retry_count: 0,
    ...(record.outcome === 'COMPLETED' && record.cost !== null ? { cost: record.cost } : {}),
    ...(record.outcome === 'COMPLETED' && record.remaining !== null ? { remaining_credits: record.remaining } : {}),
  };
}

/** A whole number in a range, always the same for the same text. */
export function pick(text: string, { min, max }: Range): number {
  const share = createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
  return Math.round(min + share * (max - min));
}

export class RequestBook {
  readonly #dir: string;
  readonly #clock: Clock;
  readonly #lifeMs: number;
  readonly #records = new Map<string, RequestRecord>();
  /** Ids of the requests without an outcome. */
  readonly #open = new Set<string>();
  #lastNumber = 0;
  #atOnce = 0;

  constructor(options: { readonly dir: string; readonly clock: Clock; readonly recordLifeMs: number }) {
    this.#dir = join(options.dir, 'requests');
    this.#clock = options.clock;
    this.#lifeMs = options.recordLifeMs;
  }

  /** Reads the book. A file that is not a record is put aside as `….damaged`. @throws system errors of the disk */
  async open(): Promise<void> {
    await makeFolder(this.#dir);
    const found: RequestRecord[] = [];
    for (const name of await readdir(this.#dir)) {
      const path = join(this.#dir, name);
      if (name.startsWith(PART)) await rm(path, { force: true });
      if (name.startsWith(PART) || !name.endsWith('.json')) continue;
      const record = parseRecord(await readFile(path, 'utf8'));
      if (record && `${record.id}.json` === name) found.push(record);
      else await rename(path, `${path}.damaged`);
    }
    for (const record of found.sort((a, b) => a.number - b.number)) this.#take(record);
  }

  nextNumber(): number {
    return (this.#lastNumber += 1);
  }

  /** Writes a record, and only then shows it. @throws system errors of the disk; nothing has changed then */
  async save(record: RequestRecord): Promise<void> {
    await saveFile(this.#dir, `${record.id}.json`, JSON.stringify(record));
    this.#take(record);
  }

  /** Shows a record without writing it: what is to be done again after a restart anyway. */
  show(record: RequestRecord): void {
    this.#take(record);
  }

  /** A request as long as its record lives. */
  known(id: string): RequestRecord | null {
    const record = this.#records.get(id);
    return record && !this.expired(record) ? record : null;
  }

  get(id: string): RequestRecord | null {
    return this.#records.get(id) ?? null;
  }

  expired(record: RequestRecord): boolean {
    return this.#clock.now() >= this.expiresAt(record);
  }

  expiresAt(record: RequestRecord): number {
    return record.submittedAt + this.#lifeMs;
  }

  /** Every record that is kept, by number. */
  all(): readonly RequestRecord[] {
    return [...this.#records.values()];
  }

  /** The most requests that were open at the same time. */
  get atOnce(): number {
    return this.#atOnce;
  }

  async remove(record: RequestRecord): Promise<void> {
    await rm(join(this.#dir, `${record.id}.json`), { force: true });
    this.#records.delete(record.id);
    this.#open.delete(record.id);
  }

  #take(record: RequestRecord): void {
    this.#records.set(record.id, record);
    this.#lastNumber = Math.max(this.#lastNumber, record.number);
    if (record.outcome !== null) {
      this.#open.delete(record.id);
      return;
    }
    this.#open.add(record.id);
    const alive = [...this.#open].filter((id) => this.known(id)).length; // one that is never done ends with its record
    this.#atOnce = Math.max(this.#atOnce, alive);
  }
}

/** A record by its file's content; null when it is not one. */
function parseRecord(text: string): RequestRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // the caller puts the file aside
  }
  return isRecord(value) ? value : null;
}

/** The files are our own and whole; this tells them from those of another version or another program. */
function isRecord(value: unknown): value is RequestRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const numbers = ['number', 'submittedAt', 'queueMs', 'latencyMs'];
  const present = ['upload', 'parameters', 'problem', 'fate', 'startedAt', 'endedAt', 'error', 'cost', 'remaining'];
  const outcome = fields.get('outcome');
  return (
    REQUEST_ID.test(String(fields.get('id'))) &&
    numbers.every((name) => Number.isFinite(fields.get(name))) &&
    typeof fields.get('image') === 'string' &&
    present.every((name) => fields.has(name)) &&
    (outcome === null || outcome === 'COMPLETED' || outcome === 'FAILED')
  );
}
