// `credits` and `practice-server`: the service itself.
import { PRACTICE_SERVICE } from '../../domain/batch.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemCode } from '../../domain/failure.ts';
import { systemClock } from '../../lib/clock.ts';
import { MediaPool } from '../../media/pool.ts';
import { spawnNodeWorker } from '../../media/spawn-node.ts';
import type { Fault, FaultPoint, PracticeOptions, PracticeService, Range } from '../../practice/options.ts';
import { startPractice } from '../../practice/server.ts';
import type { Limit, ServiceCliOptions } from '../options.ts';
import { folder, ignoring, limitOf, SERVICE_FLAGS, whole, withService } from '../options.ts';
import { SIGNALS } from '../interrupts.ts';
import type { Output } from '../output.ts';
import { connect } from '../session.ts';
import { credits as creditsText } from '../text.ts';
import { EXIT, UsageError } from '../usage-error.ts';

type Act = (json: boolean, action: (output: Output) => Promise<number>) => Promise<void>;

interface PracticeServerOptions {
  readonly json: boolean;
  readonly port: number;
  readonly state?: string;
  readonly latency: Range;
  readonly queue: Range;
  readonly workers: number;
  readonly rpm: Limit;
  readonly credits: Limit;
  readonly price: number;
  readonly spendLimit: Limit;
  readonly failEvery: Limit;
  readonly moderateEvery: Limit;
  readonly dropEvery: Limit;
  readonly errorEvery: Limit;
}

export function addCredits(program: Command, act: Act): void {
  withService(program.command('credits').description('show the balance; also verifies the key')).action(
    (options: ServiceCliOptions) => act(options.json, (output) => credits(options, output)),
  );
}

export function addPracticeServer(program: Command, act: Act): void {
  const command = program
    .command('practice-server')
    .description('run the practice service by itself, on this machine only')
    .option('--port <n>', 'port; 0 takes a free one', whole({ min: 0, max: 65_535 }), 0)
    .option('--state <dir>', 'folder that keeps its requests and pictures (default: a temporary one)', folder)
    .addOption(milliseconds('--latency <ms>', 'time of processing, like 1200 or 1200-2000', { min: 1_200, max: 2_000 }))
    .addOption(milliseconds('--queue <ms>', 'time in QUEUED', { min: 100, max: 300 }))
    .option('--workers <n>', 'requests processed at once', whole({ min: 1, max: 1_000 }), 16)
    .addOption(knob('--rpm <n|none>', 'requests a minute before it answers 429', whole({ min: 1, max: 100_000 })))
    .addOption(knob('--credits <n|none>', 'balance of the account', amount, 'plenty'))
    .option('--price <n>', 'credits a photo', amount, 0.04)
    .addOption(knob('--spend-limit <n|none>', 'spend limit of the team', amount))
    .addOption(knob('--fail-every <n|none>', 'every nth request FAILs', nth))
    .addOption(knob('--moderate-every <n|none>', 'every nth request is blocked by moderation', nth))
    .addOption(knob('--drop-every <n|none>', 'the answer of every nth submit is lost', nth))
    .addOption(knob('--error-every <n|none>', 'every nth submit answers 500', nth))
    .option('--json', 'one JSON object a line on standard output, all else on standard error', false)
    .helpOption('-h, --help', 'this help');
  ignoring(command, ['--data <dir>', ...SERVICE_FLAGS]).action((options: PracticeServerOptions) =>
    act(options.json, (output) => serve(options, output)),
  );
}

async function credits(options: ServiceCliOptions, output: Output): Promise<number> {
  // A practice service of its own: the one of the data folder may be at work for another process.
  const data = options.practice ? await mkdtemp(join(tmpdir(), 'lightbatch-practice-')) : options.data;
  const media = new MediaPool({ spawn: () => spawnNodeWorker() });
  try {
    await using connection = await connect({ ...options, data }, media, systemClock);
    const balance = await connection.segmind.credits();
    const practice = connection.service === PRACTICE_SERVICE ? ' (practice, not Bria)' : '';
    output.say(`${creditsText(balance.credits)}, and ${creditsText(balance.freeCredits)} for free${practice}`);
    output.emit({ type: 'credits', ...balance });
    return EXIT.well;
  } finally {
    media.stop();
    if (options.practice) await rm(data, { recursive: true, force: true });
  }
}

async function serve(options: PracticeServerOptions, output: Output): Promise<number> {
  const stateDir = options.state ?? (await mkdtemp(join(tmpdir(), 'lightbatch-practice-')));
  const media = new MediaPool({ spawn: () => spawnNodeWorker() });
  const { port, workers, credits: balance, price, spendLimit } = options;
  try {
    await using service = await listening({
      clock: systemClock,
      stateDir,
      retouch: (job) => media.retouch(job),
      port,
      workers,
      credits: limitOf(balance),
      price,
      spendLimit: limitOf(spendLimit),
      latencyMs: options.latency,
      queueMs: options.queue,
      requestsPerMinute: limitOf(options.rpm),
      fault: (at) => faultAt(at, options),
    });
    const end = ended(); // before anybody is told: who reads the line may answer it with a signal
    output.say(`The practice service (not Bria) listens at ${service.url}. Ctrl-C ends it.`);
    output.say(
      `Use it with: SEGMIND_API_KEY=SG_0123456789abcdef lightbatch enhance … --api-url ${service.url} --storage-url ${service.storageUrl}`,
    );
    output.emit({ type: 'listening', url: service.url, storageUrl: service.storageUrl });
    await end;
    output.emit({ type: 'stats', ...service.stats() });
    return EXIT.well;
  } finally {
    media.stop();
    if (options.state === undefined) await rm(stateDir, { recursive: true, force: true });
  }
}

/** @throws {UsageError} when the port or the state folder cannot be had */
async function listening(options: PracticeOptions & { readonly port: number }): Promise<PracticeService> {
  try {
    return await startPractice(options);
  } catch (error) {
    const code = systemCode(error);
    if (!(error instanceof Error) || code === undefined) throw error;
    if (!('syscall' in error && error.syscall === 'listen')) {
      throw new UsageError(`The state folder ${options.stateDir} cannot be used (${error.message}). Choose another.`);
    }
    const why = code === 'EADDRINUSE' ? 'is used by another program' : `cannot be had (${code})`;
    throw new UsageError(`Port ${options.port} ${why}. Choose another with --port; 0 takes a free one.`);
  }
}

function faultAt({ route, count }: FaultPoint, options: PracticeServerOptions): Fault | undefined {
  if (route !== 'submit') return undefined;
  const each = (every: Limit) => every !== 'none' && count % every === 0;
  if (each(options.errorEvery))
    return { kind: 'status', status: 500, body: '{"error":"Internal server error"}', contentType: 'application/json' };
  if (each(options.dropEvery)) return { kind: 'reset', when: 'after' };
  if (each(options.moderateEvery)) return { kind: 'fail', error: 'Content moderation: the input image was blocked' };
  if (each(options.failEvery)) return { kind: 'fail', error: 'The model failed on this image' };
  return undefined;
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve());
  });
}

const nth = whole({ min: 1, max: 1_000_000 });

/** A knob that is off unless it is set. */
function knob(flags: string, description: string, read: (value: string) => number, off = 'none'): Option {
  return new Option(flags, description)
    .default('none', off)
    .argParser((value: string): Limit => (value === 'none' ? value : read(value)));
}

function milliseconds(flags: string, description: string, usual: Range): Option {
  return new Option(flags, description).default(usual, `${usual.min}-${usual.max}`).argParser(range);
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
