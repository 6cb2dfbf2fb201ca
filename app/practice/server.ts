// The practice service: an embedded stand-in for Segmind, over real HTTP on loopback. Its parts are put together here.
// It is practice in every place a user may look at: a header of every answer, the ids, the names of the files.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { Account } from './account.ts';
import { Api } from './api.ts';
import { Desk } from './desk.ts';
import { RateWindow } from './limits.ts';
import type { PracticeChanges, PracticeOptions, PracticeService, PracticeStats, Settings } from './options.ts';
import { withDefaults } from './options.ts';
import { PictureStore } from './pictures.ts';
import type { RequestRecord } from './requests.ts';
import { RequestBook, resultName } from './requests.ts';
import { Workers } from './workers.ts';

export type * from './options.ts';

const KEEP_ALIVE_MS = 65_000; // longer than any client's: a connection that dies as a submit goes out is not our part

interface Parts {
  readonly settings: Settings;
  readonly server: Server;
  readonly account: Account;
  readonly book: RequestBook;
  readonly workers: Workers;
  readonly api: Api;
  readonly desk: Desk;
}

/**
 * Starts the service on 127.0.0.1; it listens when this resolves. What `stateDir` holds of an earlier run goes on:
 * requests under way are worked on, results whose files are gone are made again, and nothing is billed twice.
 * @throws RangeError for options out of range; system errors of the disk and of the port
 */
export async function startPractice(options: PracticeOptions): Promise<PracticeService> {
  const parts = await assemble(withDefaults(options));
  const { server, settings, workers } = parts;
  await workers.start();
  try {
    await listen(server, settings.port);
  } catch (error) {
    await workers.stop();
    throw error;
  }
  const url = originOf(server);
  const stop = once(() => stopAll(parts));
  return {
    url,
    storageUrl: url,
    stats: () => statsOf(parts),
    set: (changes) => change(parts, changes),
    settled: () => workers.settled(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function assemble(settings: Settings): Promise<Parts> {
  const { clock, stateDir: dir, retouch } = settings;
  const window = new RateWindow(clock, settings.windowMs);
  const book = new RequestBook({ dir, clock, recordLifeMs: settings.recordLifeMs });
  const pictures = new PictureStore({ dir, clock, lifeMs: settings.fileLifeMs });
  await book.open();
  await pictures.open();
  await sweep(settings, book, pictures);
  const records = book.all();
  const account = new Account({
    credits: settings.credits,
    freeCredits: settings.freeCredits,
    price: settings.price,
    spendLimit: settings.spendLimit,
    spent: records.reduce((sum, { cost }) => sum + (cost ?? 0), 0),
    open: records.filter(({ outcome }) => outcome === null).length,
  });
  const workers = new Workers({ book, pictures, account, clock, retouch, count: settings.workers });
  const server = createServer();
  const api = new Api({
    settings,
    clock,
    account,
    book,
    pictures,
    window,
    workers,
    origin: () => originOf(server),
  });
  const desk = new Desk(settings, api);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('request', (request, response) => desk.serve(request, response));
  return { settings, server, account, book, workers, api, desk };
}

/** Forgets what nobody can ask for any more: records and files past their lives. What they cost is forgotten too. */
async function sweep(settings: Settings, book: RequestBook, pictures: PictureStore): Promise<void> {
  const now = settings.clock.now();
  for (const record of book.all()) {
    const filesEnd = record.endedAt === null ? Infinity : record.endedAt + settings.fileLifeMs;
    if (!book.expired(record) || now < filesEnd) continue;
    await pictures.removeResult(resultName(record));
    await book.remove(record);
  }
  await pictures.sweep();
}

async function stopAll({ server, workers, desk }: Parts): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await Promise.all([closed, desk.idle(), workers.stop()]);
}

function change({ settings, account }: Parts, changes: PracticeChanges): void {
  Object.assign(settings, changes);
  if (changes.credits !== undefined) account.setCredits(changes.credits);
  if (changes.spendLimit !== undefined) account.setSpendLimit(changes.spendLimit);
}

function statsOf({ account, api, book, desk }: Parts): PracticeStats {
  const records = book.all();
  return {
    submits: desk.count('submit'),
    accepted: records.length,
    completed: records.filter(({ outcome }) => outcome === 'COMPLETED').length,
    billed: account.spent,
    polls: desk.count('status'),
    results: desk.count('result'),
    ...api.counts,
    acceptedByImage: tally(records, ({ image }) => image),
    acceptedByContent: tally(records, ({ upload }) => upload?.hash),
    atOnce: book.atOnce,
  };
}

function tally(records: readonly RequestRecord[], nameOf: (record: RequestRecord) => string | undefined) {
  const counts = new Map<string, number>();
  for (const record of records) {
    const name = nameOf(record);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function originOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the practice service does not listen');
  return `http://127.0.0.1:${address.port}`;
}

function once(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= action());
}
