// What a command must never do: show the key, obey a file name, lose what is damaged; and what bad input is told.
import { mkdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { filesBelow, KEY, lineOf, Rig, statesOf } from '../fakes/command-line.ts';
import { TemporaryDisk, whyNoMounts } from '../lib/mount.ts';
import { bombPng } from '../media/pictures.ts';

describe('the key', () => {
  it('is in no output, log, database or any other file of a run in which much goes wrong', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(4);
    rig.fault = ({ route, count }) => {
      if (route !== 'submit') return undefined;
      // A service that repeats the key in what it says, as a proxy's error page may.
      if (count === 1) return { kind: 'status', status: 400, body: `{"error":"bad request with x-api-key: ${KEY}"}` };
      if (count === 2) return { kind: 'status', status: 502, body: `<html>${KEY}</html>`, contentType: 'text/html' };
      return count === 3 ? { kind: 'fail', error: `no model for key ${KEY}` } : undefined;
    };
    const { status, out, err } = await rig.enhance('--concurrency', '1');
    expect(status).toBe(1);
    rig.service.set({ keys: () => 'invalid' });
    const refused = await rig.run(['retry', ...rig.common, '--json']);
    expect(refused.status).toBe(3);
    const history = await rig.here('history', '--csv');
    for (const text of [out, err, refused.out, refused.err, history.out]) expect(text).not.toContain(KEY);
    const files = filesBelow(rig.data);
    expect(files).toEqual(
      expect.arrayContaining([expect.stringMatching(/history\.sqlite$/), expect.stringMatching(/\.log$/)]),
    );
    for (const path of [...files, ...filesBelow(rig.photos)])
      expect(readFileSync(path).includes(KEY), path).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('a file name', () => {
  const NAMES = [
    'line\nbreak.jpg',
    'clear\u001b[2Jscreen.jpg',
    'bell\u0007.jpg',
    'right\u202eto left.jpg',
    '🏔️ été.jpg',
  ];

  it('cannot make a terminal do anything, and comes back whole for programs', async () => {
    const rig = await Rig.open();
    for (const name of NAMES) await rig.addPhoto(name);
    writeFileSync(join(rig.photos, 'fake\u001b]0;title\u0007.pdf'), 'not a photo');
    const { status, out, err } = await rig.run(['enhance', rig.photos, ...rig.common]);
    expect(status).toBe(0);
    const history = (await rig.here('history')).out;
    for (const text of [out, err, history]) expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(history).toContain('🏔️ été.jpg');
    expect(history.split('\n')).toHaveLength(NAMES.length + 1);
    const jobs = await rig.history();
    expect(jobs.map(({ source }) => source).toSorted()).toEqual(NAMES.map((name) => join(rig.photos, name)).toSorted());
    for (const { output } of jobs) expect(readFileSync(String(output)).length).toBeGreaterThan(0);
  });
});

describe('bad input', () => {
  it.each([
    ['a folder that is not there', 'nowhere', /There is no file or folder “.*nowhere”/],
    ['an empty folder', 'empty', /No photos were found/],
    ['a folder without photos', 'texts', /No photos were found: 1 is not a photo/],
    ['a file that is not a photo', 'texts/a.jpg', /No photos were found/],
    ['a link to nothing', 'dangling', /is a link to something that is no longer there/],
    ['a link in a circle', 'circle', /leads in a circle/],
  ])('%s is told in a sentence, and nothing is queued', async (_, name, sentence) => {
    const rig = await Rig.open();
    for (const folder of ['empty', 'texts']) mkdirSync(join(rig.dir, folder));
    writeFileSync(join(rig.dir, 'texts', 'a.jpg'), '%PDF-1.7 not a photo, whatever its name says');
    symlinkSync(join(rig.dir, 'gone'), join(rig.dir, 'dangling'));
    symlinkSync(join(rig.dir, 'circle'), join(rig.dir, 'circle'));
    const { status, out, err } = await rig.run(['enhance', name, ...rig.common]);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(await rig.history()).toEqual([]);
  });

  it('among good photos is left out or fails alone, each with its reason', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(2);
    const put = (name: string, bytes: Uint8Array | string) => writeFileSync(join(rig.photos, name), bytes);
    put('liar.jpg', '%PDF-1.7 not a photo');
    put('empty.jpg', '');
    put('.hidden.jpg', 'x');
    put('Thumbs.db', 'x');
    put('bomb.png', bombPng());
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    await sharp({ create: { width: 400, height: 300, channels: 3, background: '#000', noise } })
      .jpeg()
      .toFile(join(rig.photos, 'cut.jpg'));
    truncateSync(join(rig.photos, 'cut.jpg'), 20_000);
    const { status, json } = await rig.enhance();
    const reasons = Object.fromEntries(
      json
        .filter(({ type }) => type === 'left-out')
        .map(({ path, reason }) => [String(path).slice(rig.photos.length + 1), reason]),
    );
    expect(reasons).toMatchObject({
      'liar.jpg': 'not_a_photo',
      'empty.jpg': 'empty',
      '.hidden.jpg': 'hidden',
      'Thumbs.db': 'junk',
      'bomb.png': 'too_large',
    });
    expect(status).toBe(1);
    expect(lineOf(json, 'summary')).toMatchObject({ succeeded: 2, failed: 1 });
    expect(json.find(({ state }) => state === 'failed')).toMatchObject({
      source: join(rig.photos, 'cut.jpg'),
      code: 'photo_damaged',
      charged: 'no',
    });
    expect(rig.service.stats().submits).toBe(2);
  });
});

describe('the data folder', () => {
  it('that cannot be one is told, with what to do', async () => {
    const rig = await Rig.open();
    writeFileSync(join(rig.dir, 'file'), '');
    for (const command of ['history', 'cancel']) {
      const { status, err } = await rig.run([command, '--data', join(rig.dir, 'file', 'data')]);
      expect([status, err]).toEqual([2, expect.stringMatching(/data folder .* cannot be written to.*--data/)]);
    }
  });

  it('of a newer version is refused and left as it is', async () => {
    const rig = await Rig.open();
    await rig.history();
    const path = join(rig.data, 'history.sqlite');
    const db = new Sqlite(path);
    db.pragma('user_version = 999');
    db.close();
    const before = readFileSync(path);
    const { status, err } = await rig.run(['enhance', rig.photos, ...rig.common]);
    expect([status, err]).toEqual([2, expect.stringMatching(/newer/i)]);
    expect(readFileSync(path)).toEqual(before);
  });

  it('with a damaged history is mended: the damaged file is kept, and that is told once', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    await rig.enhance();
    for (const suffix of ['-wal', '-shm']) {
      const path = join(rig.data, `history.sqlite${suffix}`);
      if (filesBelow(rig.data).includes(path)) renameSync(path, `${path}.aside`);
    }
    const damaged = Buffer.from('this is no database '.repeat(1_000));
    writeFileSync(join(rig.data, 'history.sqlite'), damaged);
    const { status, err } = await rig.here('cancel');
    expect(status).toBe(0);
    const [, kept = ''] = /The damaged file is kept as (.*)\.\n/.exec(err) ?? [];
    expect(readFileSync(kept)).toEqual(damaged);
    expect((await rig.here('history')).err).toBe('');
  });
});

const noMounts = whyNoMounts();
describe.skipIf(noMounts !== null)(`a disk${noMounts === null ? '' : ` (not tested: ${noMounts})`}`, () => {
  it('that is read-only or full cannot hold the data folder, which is told', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    using disk = new TemporaryDisk(1);
    const full = await rig.run(['enhance', rig.photos, ...rig.common, '--data', join(disk.dir, 'data')]);
    expect(full.status).toBe(3);
    expect(full.err).toMatch(/disk is nearly full.*Free some space/);
    disk.makeReadOnly();
    const closed = await rig.run(['enhance', rig.photos, ...rig.common, '--data', join(disk.dir, 'other')]);
    expect([closed.status, closed.err]).toEqual([2, expect.stringMatching(/cannot be written to/)]);
    expect(rig.service.stats().submits).toBe(0);
  });

  it('that is read-only from the start: nothing is sent, and the run ends with the folder and the ways out', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(2);
    using disk = new TemporaryDisk(2_000);
    disk.makeReadOnly();
    const out = join(disk.dir, 'out');
    const args = ['enhance', rig.photos, ...rig.common, '--out', out];
    const { status, err } = await rig.run(args);
    expect(status).toBe(3);
    expect(err).toMatch(/The output folder \S+\/out cannot be written to\..* \(EROFS: read-only file system\)\n/);
    expect(err).toMatch(/The queue stopped\. The output folder \S+\/out cannot/);
    expect(err).toMatch(/2 photos wait for the output folder \S+\/out: bring it back and “resume”, or .* “cancel”\.\n/);
    expect(rig.service.stats()).toMatchObject({ uploads: 0, submits: 0 });
    const { json } = await rig.run([...args, '--json']);
    expect(lineOf(json, 'held')).toMatchObject({ folder: out, photos: 2, code: 'output_unwritable' });
    disk.makeWritable();
    expect((await rig.run(['resume', ...rig.common])).status).toBe(0);
    expect(rig.accepted()).toEqual([1, 1]);
  });

  it('that becomes read-only under the output is waited for as long as --patience says; what is paid for is fetched when it is back', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(2);
    using disk = new TemporaryDisk(2_000);
    const out = join(disk.dir, 'out');
    mkdirSync(out);
    rig.fault = ({ route, count }) => {
      if (route === 'submit' && count === 1) disk.makeReadOnly();
      return undefined;
    };
    const { status, json } = await rig.enhance('--out', out, '--concurrency', '1', '--patience', '0');
    expect(status).toBe(3);
    expect(lineOf(json, 'held')).toMatchObject({ folder: out });
    expect(lineOf(json, 'stopped')).toMatchObject({ code: 'output_unwritable' });
    expect(lineOf(json, 'summary')).toMatchObject({ failed: 0, uncertain: 0 });
    const left = await rig.history();
    expect(left.filter(({ charged }) => charged === 'yes')).not.toEqual([]);
    expect(statesOf(left)['failed']).toBeUndefined();
    const acceptedBefore = rig.service.stats().accepted;
    rig.fault = undefined;
    disk.makeWritable();
    const resumed = await rig.run(['resume', ...rig.common, '--json']);
    expect([resumed.status, statesOf(await rig.history())]).toEqual([0, { succeeded: 2 }]);
    expect(rig.service.stats().accepted).toBeGreaterThanOrEqual(acceptedBefore);
    expect(rig.accepted()).toEqual([1, 1]);
  });
});
