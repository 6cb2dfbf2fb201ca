// What is wrong with what was typed is said before anything is made, sent or paid for: exit status 2. No processes here:
// the commands run in this one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { filesBelow, KEY, runHere } from '../fakes/command-line.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lightbatch-usage-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true, force: true });
  });
  for (const name of ['API_URL', 'STORAGE_URL', 'RPM', 'CONCURRENCY', 'PATIENCE'])
    vi.stubEnv(`LIGHTBATCH_${name}`, undefined);
  vi.stubEnv('LIGHTBATCH_DATA', join(dir, 'data'));
  vi.stubEnv('SEGMIND_API_KEY', KEY);
});

const run = (...args: string[]) => runHere(args);

describe('a value out of its range', () => {
  it.each([
    [['enhance', '.', '--steps', '9'], /--steps.* 10 to 50/],
    [['enhance', '.', '--steps', '51'], /--steps.* 10 to 50/],
    [['enhance', '.', '--steps', '20.5'], /--steps.* 10 to 50/],
    [['enhance', '.', '--seed', '0'], /--seed.* 1 to 999999/],
    [['enhance', '.', '--seed', '1000000'], /--seed.* 1 to 999999/],
    [['enhance', '.', '--seed', '0x10'], /--seed.* 1 to 999999/],
    [['enhance', '.', '--resolution', '8MP'], /--resolution.*1MP, 2MP, 4MP/],
    [['enhance', '.', '--concurrency', '0'], /--concurrency.* 1 to 100/],
    [['enhance', '.', '--rpm', '4'], /--rpm.* 5 to 1000, or “none”/],
    [['enhance', '.', '--rpm', '1001'], /--rpm.* 5 to 1000, or “none”/],
    [['enhance', '.', '--max-upload-mp', '0.5'], /--max-upload-mp.* 1 to 100/],
    [['enhance', '.', '--max-upload-mp', 'all'], /--max-upload-mp.* 1 to 100/],
    [['enhance', '.', '--on-exists', 'ask'], /--on-exists.*skip, number, overwrite/],
    [['enhance', '.', '--name', 'photo.{ext}'], /must hold \{name\}/],
    [['enhance', '.', '--name', '../{name}.{ext}'], /must not hold \//],
    [['enhance', '.', '--out', ''], /--out.*must name a folder/],
    [['enhance', '.', '--data', ' '], /--data.*must name a folder/],
    [['enhance', '.', '--api-url', 'segmind'], /must be a URL like https:\/\/api\.segmind\.com/],
    [['enhance', '.', '--storage-url', 'file:///tmp'], /must be a URL like/],
    [['credits', '--api-url', 'http://example.com'], /must begin with https:\/\//],
    [['history', '--status', 'lost'], /one of queued, .*skipped/],
    [['history', '--batch', '0'], /whole number 1 or more/],
    [['retry', 'all'], /whole number 1 or more/],
    [['cancel', '1.5'], /whole number 1 or more/],
    [['practice-server', '--port', '65536'], /--port.* 0 to 65535/],
    [['practice-server', '--latency', '2000-1000'], /--latency.*like 1200 or 1200-2000/],
    [['practice-server', '--fail-every', '0'], /--fail-every.* 1 to/],
    [['practice-server', '--credits', '-1'], /--credits.*0 or more/],
    [['watch', '.', '--hours', '8-20'], /--hours.*like 08:00-20:00, or “any”/],
    [['watch', '.', '--hours', '08:00-24:01'], /--hours.*from 00:00 to 24:00, like 08:00-20:00/],
    [['watch', '.', '--hours', '08:00-08:00'], /--hours.*Both times are the same: “any” is for the whole day/],
    [['watch', '.', '--hours', '00:00-24:00'], /--hours.*Both times are the same/],
    [['watch', '.', '--settle', '0.4'], /--settle.* 0\.5 to 600, or “auto”/],
    [['watch', '.', '--photos-a-day', '0'], /--photos-a-day.* 1 to 100000/],
    [['watch', '.', '--credits-a-day', '0'], /--credits-a-day.* 0\.01 to 100000, or “none”/],
    [['watch', '.', '--storm-limit', '0'], /--storm-limit.* 1 to 100000/],
    [['watch', '.', '--held', '--leave-held'], /--leave-held' cannot be used with .*--held/],
    [['watch', '.', '--include', 'sub/*.jpg'], /--include.*leave out folders, slashes and backslashes/],
    [['watch', '.', '--exclude', 'a\\b'], /--exclude.*leave out folders, slashes and backslashes/],
    [['watch', '.', '--include', '*.jpg,,'], /--include.*file names with \* and \?/],
    [['watch', '.', '--polling', 'never'], /--polling.*auto, always/],
    [['watch', 'T', '--list', '--forget'], /“watch --list” only shows .*: leave out T, --forget\. Nothing was changed/],
    [['watch', '--list', '--no-out', '--hours', '08:00-20:00'], /leave out --hours, --no-out\./],
    [
      ['watch', 'T', '--forget', '--recursive', '--yes'],
      /“watch --forget” only ends .*: leave out --yes, --recursive\./,
    ],
    [['enhance'], /missing required argument/],
    [['sharpen'], /unknown command/],
    [['history', '--colour'], /unknown option/],
  ])('%j: says what it may be', async (args, sentence) => {
    const { status, out, err } = await run(...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(sentence);
    expect(filesBelow(dir)).toEqual([]);
  });

  it.each([
    ['LIGHTBATCH_RPM', '4', / 5 to 1000/],
    ['LIGHTBATCH_CONCURRENCY', 'all', / 1 to 100/],
    ['LIGHTBATCH_PATIENCE', '-1', / 0 to 604800/],
    ['LIGHTBATCH_API_URL', 'nowhere', /must be a URL/],
    ['LIGHTBATCH_STORAGE_URL', 'nowhere', /must be a URL/],
    ['LIGHTBATCH_DATA', '', /must name a folder/],
  ])('is told with its variable when it comes from the environment: %s=%s', async (name, value, sentence) => {
    vi.stubEnv(name, value);
    const { status, err } = await run('resume');
    expect(status).toBe(2);
    expect(err).toContain(name);
    expect(err).toMatch(sentence);
    expect(filesBelow(dir)).toEqual([]);
  });
});

describe('the key', () => {
  it.each(['enhance .', 'resume', 'retry', 'credits'])('is missed by “%s”, which says what to do', async (line) => {
    vi.stubEnv('SEGMIND_API_KEY', ' ');
    const { status, out, err } = await run(...line.split(' '));
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/SEGMIND_API_KEY.*--practice/);
    expect(filesBelow(dir).filter((path) => path.endsWith('.sqlite'))).toEqual([]);
  });

  it.each(['SG_0123456789\nabcdef', 'sécret-Ω', 'two words'])(
    'is refused when it cannot be one, and not shown',
    async (key) => {
      vi.stubEnv('SEGMIND_API_KEY', key);
      const { status, err } = await run('credits');
      expect(status).toBe(3);
      expect(err).toMatch(/does not accept the API key/);
      for (const part of key.split(/\s/)) expect(err).not.toContain(part);
    },
  );
});

describe('help', () => {
  const COMMANDS = ['enhance', 'resume', 'retry', 'history', 'cancel', 'credits', 'practice-server'];

  it('names every command, the key and the exit status', async () => {
    const { status, out, err } = await run('--help');
    expect([status, err]).toEqual([0, '']);
    for (const word of [...COMMANDS, 'SEGMIND_API_KEY', '130']) expect(out).toContain(word);
  });

  it.each(COMMANDS)('of %s fits a terminal of 80 columns and names no value that is none', async (command) => {
    const { status, out, err } = await run(command, '--help');
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: lightbatch ${command}`);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(out).not.toMatch(/null|undefined|false|[{]"|NaN/);
  });

  it('is shown when nothing is asked for', async () => {
    const { status, out, err } = await run();
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain('Usage: lightbatch');
  });

  it('of watch says that a new folder is taken with its sub-folders, as in the app', async () => {
    const { out } = await run('watch', '--help');
    expect(out).toMatch(/--recursive +sub-folders, too \(default: so for a new\s+folder\)/);
    expect((await run('enhance', '--help')).out).toMatch(/--recursive +sub-folders, too$/m);
  });

  it('names the version', async () => {
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

it.each([['history'], ['cancel']])(
  '%s takes the options of the service, too, so that a script can give every command the same ones',
  async (command) => {
    const { status } = await run(
      command,
      '--api-url',
      'https://x',
      '--storage-url',
      'https://x',
      '--practice',
      '--json',
    );
    expect(status).toBe(0);
  },
);

it('a mistake is told as JSON, too, when that is asked for', async () => {
  const { status, out, err } = await run('enhance', join(dir, 'nowhere'), '--practice', '--json');
  expect(status).toBe(2);
  expect(JSON.parse(out)).toEqual({ type: 'error', code: 'missing', message: err.trim() });
});

it.skipIf(process.platform !== 'linux').each(['history', 'enhance . --practice'])(
  'a data folder that no system can make is told by “%s”, which ends',
  async (line) => {
    vi.stubEnv('LIGHTBATCH_DATA', '/proc/nope');
    const { status, err } = await run(...line.split(' '));
    expect(status).toBe(2);
    expect(err).toMatch(/The data folder \/proc\/nope cannot be written to\. Make it writable, or choose another/);
  },
);
