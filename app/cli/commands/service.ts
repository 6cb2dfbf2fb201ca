// `credits` and `practice-server`: the service itself.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../lib/clock.ts';
import { MediaPool } from '../../media/pool.ts';
import { spawnNodeWorker } from '../../media/spawn-node.ts';
import type { Fault, FaultPoint, Range } from '../../practice/options.ts';
import { startPractice } from '../../practice/server.ts';
import { type ServiceCliOptions, whole, withService } from '../options.ts';
import type { Output } from '../output.ts';
import { connect } from '../session.ts';
import { credits as creditsText } from '../text.ts';
import { EXIT } from '../usage-error.ts';

type Act = (json: boolean, action: (output: Output) => Promise<number>) => Promise<void>;

interface PracticeServerOptions {
  readonly json: boolean;
  readonly port: number;
  readonly state?: string;
  readonly latency: Range;
  readonly queue: Range;
  readonly workers: number;
  readonly rpm: number | null;
  readonly credits: number | null;
  readonly price: number;
  readonly spendLimit: number | null;
  readonly failEvery: number | null;
  readonly moderateEvery: number | null;
  readonly dropEvery: number | null;
  readonly errorEvery: number | null;
}

export function addCredits(program: Command, act: Act): void {
  withService(program.command('credits').description('show the balance; also verifies the key')).action(
    (options: ServiceCliOptions) => act(options.json, (output) => credits(options, output)),
  );
}

export function addPracticeServer(program: Command, act: Act): void {
  program
    .command('practice-server')
    .description('run the practice service by itself, on this machine only')
    .option('--port <n>', 'port; 0 takes a free one', whole({ min: 0, max: 65_535 }), 0)
    .option('--state <dir>', 'folder that keeps its requests and pictures (default: a temporary one)', (dir) =>
      resolve(dir),
    )
    .option('--latency <ms>', 'time of processing, “1200” or “1200-2000”', range, { min: 1_200, max: 2_000 })
    .option('--queue <ms>', 'time in QUEUED', range, { min: 100, max: 300 })
    .option('--workers <n>', 'requests processed at once', whole({ min: 1, max: 1_000 }), 16)
    .option('--rpm <n|none>', 'requests a minute before it answers 429', orNone(whole({ min: 1, max: 100_000 })), null)
    .option('--credits <n|none>', 'balance of the account', orNone(amount), null)
    .option('--price <n>', 'credits a photo', amount, 0.04)
    .option('--spend-limit <n|none>', 'spend limit of the team', orNone(amount), null)
    .option('--fail-every <n|none>', 'every nth request FAILs', orNone(nth), null)
    .option('--moderate-every <n|none>', 'every nth request is blocked by moderation', orNone(nth), null)
    .option('--drop-every <n|none>', 'the answer of every nth submit is lost', orNone(nth), null)
    .option('--error-every <n|none>', 'every nth submit answers 500', orNone(nth), null)
    .option('--json', 'one JSON object a line on standard output', false)
    .action((options: PracticeServerOptions) => act(options.json, (output) => serve(options, output)));
}

async function credits(options: ServiceCliOptions, output: Output): Promise<number> {
  const media = new MediaPool({ spawn: () => spawnNodeWorker() });
  try {
    await using connection = await connect(options, media, systemClock);
    const balance = await connection.segmind.credits();
    output.say(`${creditsText(balance.credits)}, and ${creditsText(balance.freeCredits)} for free`);
    output.emit({ type: 'credits', ...balance });
    return EXIT.well;
  } finally {
    media.stop();
  }
}

async function serve(options: PracticeServerOptions, output: Output): Promise<number> {
  const stateDir = options.state ?? (await mkdtemp(join(tmpdir(), 'lightbatch-practice-')));
  const media = new MediaPool({ spawn: () => spawnNodeWorker() });
  const { port, workers, credits: balance, price, spendLimit } = options;
  try {
    await using service = await startPractice({
      clock: systemClock,
      stateDir,
      retouch: (job) => media.retouch(job),
      port,
      workers,
      credits: balance,
      price,
      spendLimit,
      latencyMs: options.latency,
      queueMs: options.queue,
      requestsPerMinute: options.rpm,
      fault: (at) => faultAt(at, options),
    });
    output.say(`The practice service (not Bria) listens at ${service.url}. Ctrl-C ends it.`);
    output.say(
      `Use it with: SEGMIND_API_KEY=SG_0123456789abcdef lightbatch enhance … --api-url ${service.url} --storage-url ${service.storageUrl}`,
    );
    output.emit({ type: 'listening', url: service.url, storageUrl: service.storageUrl });
    await ended();
    output.emit({ type: 'stats', ...service.stats() });
    return EXIT.well;
  } finally {
    media.stop();
    if (options.state === undefined) await rm(stateDir, { recursive: true, force: true });
  }
}

function faultAt({ route, count }: FaultPoint, options: PracticeServerOptions): Fault | undefined {
  if (route !== 'submit') return undefined;
  const each = (every: number | null) => every !== null && count % every === 0;
  if (each(options.errorEvery))
    return { kind: 'status', status: 500, body: '{"error":"Internal server error"}', contentType: 'application/json' };
  if (each(options.dropEvery)) return { kind: 'reset', when: 'after' };
  if (each(options.moderateEvery)) return { kind: 'fail', error: 'Content moderation: the input image was blocked' };
  if (each(options.failEvery)) return { kind: 'fail', error: 'The model failed on this image' };
  return undefined;
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

const nth = whole({ min: 1, max: 1_000_000 });

function orNone(read: (value: string) => number): (value: string) => number | null {
  return (value) => (value === 'none' ? null : read(value));
}

function amount(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError('It must be a number, 0 or more.');
}

function range(value: string): Range {
  const [, min, max = min] = /^(\d+)(?:-(\d+))?$/.exec(value) ?? [];
  if (min === undefined || Number(min) > Number(max))
    throw new InvalidArgumentError('It must be like 1200 or 1200-2000.');
  return { min: Number(min), max: Number(max) };
}
