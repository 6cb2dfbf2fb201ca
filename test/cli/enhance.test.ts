// `enhance`: what is asked for reaches the service, and what comes back is told and put where it was asked for.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { filesBelow, lineOf, Rig } from '../fakes/command-line.ts';

const DEFAULTS = {
  resolution: '4MP',
  steps: 30,
  seed: 123_456,
  preserveAlpha: true,
  inputModeration: true,
  outputModeration: true,
};

describe('parameters', () => {
  it('are the model’s own defaults unless others are given', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    expect((await rig.enhance()).status).toBe(0);
    expect(rig.requests().map(({ parameters }) => parameters)).toEqual([DEFAULTS]);
  });

  it('reach the service as given', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    const model = ['--resolution', '1MP', '--steps', '50', '--seed', '999999'];
    const switches = ['--no-preserve-alpha', '--no-input-moderation', '--no-output-moderation'];
    expect((await rig.enhance(...model, ...switches)).status).toBe(0);
    const off = { preserveAlpha: false, inputModeration: false, outputModeration: false };
    expect(rig.requests()[0]?.parameters).toEqual({ resolution: '1MP', steps: 50, seed: 999_999, ...off });
  });

  it('include the size of the upload: a larger photo is scaled down, a smaller one is not', async () => {
    const rig = await Rig.open();
    const make = (name: string, width: number) =>
      sharp({ create: { width, height: 1000, channels: 3, background: '#345' } }).toFile(join(rig.photos, name));
    await make('large.jpg', 2500);
    await make('small.jpg', 800);
    expect((await rig.enhance('--max-upload-mp', '1')).status).toBe(0);
    const uploads = rig.requests().map(({ upload }) => join(rig.dir, 'service', 'uploads', upload.name));
    const sizes = await Promise.all(uploads.map(async (path) => (await sharp(path).metadata()).width));
    expect(sizes.toSorted((a, b) => a - b)).toEqual([800, expect.closeTo(1581, -1)]);
  });
});

describe('where results go', () => {
  it('is a folder “Enhanced” beside the photos, with a new name for each', async () => {
    const rig = await Rig.open();
    const [photo = ''] = await rig.addPhotos(1);
    const before = readFileSync(photo);
    await rig.enhance();
    expect(filesBelow(rig.photos)).toEqual([join(rig.photos, 'Enhanced', 'photo-001_enhanced.jpg'), photo]);
    expect(readFileSync(photo)).toEqual(before);
  });

  it('mirrors the tree below --out with --recursive, by the name template', async () => {
    const rig = await Rig.open();
    await rig.addPhoto('a.jpg');
    await rig.addPhoto('sub/b.jpg');
    const out = join(rig.dir, 'out');
    const { status } = await rig.enhance('--recursive', '--out', out, '--name', '{name}-{resolution}-{seed}.{ext}');
    expect(status).toBe(0);
    expect(filesBelow(out)).toEqual([join(out, 'a-4MP-123456.jpg'), join(out, 'sub', 'b-4MP-123456.jpg')]);
  });

  it('takes a relative --out from the working folder', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    const { status, out } = await rig.run(['enhance', 'photos', ...rig.common, '--out', 'results']);
    expect(status).toBe(0);
    expect(filesBelow(join(rig.dir, 'results'))).toHaveLength(1);
    expect(out).toMatch(/^Enhanced 1 photo in \d+ s -> results$/m);
  });

  it('does not search sub-folders unless asked, and says so', async () => {
    const rig = await Rig.open();
    await rig.addPhoto('a.jpg');
    await rig.addPhoto('sub/b.jpg');
    const { json } = await rig.enhance();
    expect(lineOf(json, 'summary')).toMatchObject({ succeeded: 1 });
    expect(lineOf(json, 'left-out')).toMatchObject({ path: join(rig.photos, 'sub'), reason: 'folder' });
  });

  it.each([
    ['skip', { succeeded: 0, skipped: 1 }, ['photo-001_enhanced.jpg'], false],
    ['number', { succeeded: 1, skipped: 0 }, ['photo-001_enhanced (2).jpg', 'photo-001_enhanced.jpg'], false],
    ['overwrite', { succeeded: 1, skipped: 0 }, ['photo-001_enhanced.jpg'], true],
  ])('obeys --on-exists %s when a result is already there', async (policy, counts, names, replaced) => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    const enhanced = join(rig.photos, 'Enhanced');
    mkdirSync(enhanced);
    writeFileSync(join(enhanced, 'photo-001_enhanced.jpg'), 'mine');
    const { status, json } = await rig.enhance('--on-exists', policy);
    expect(status).toBe(0);
    expect(lineOf(json, 'summary')).toMatchObject(counts);
    expect(filesBelow(enhanced)).toEqual(names.map((name) => join(enhanced, name)));
    expect(readFileSync(join(enhanced, 'photo-001_enhanced.jpg'), 'latin1') === 'mine').toBe(!replaced);
  });
});

describe('--json', () => {
  it('is one object a line on standard output and nothing else; people read standard error', async () => {
    const rig = await Rig.open();
    const [first = ''] = await rig.addPhotos(2);
    writeFileSync(join(rig.photos, 'notes.txt'), 'not a photo');
    const { status, out, err, json } = await rig.enhance();
    expect(status).toBe(0);
    expect(json.map(({ type }) => type)).toEqual(['left-out', 'batch', 'job', 'job', 'summary']);
    expect(lineOf(json, 'batch')).toEqual({ type: 'batch', id: 1, name: 'photos', jobs: 2, leftOut: 1 });
    expect(json.find(({ source }) => source === first)).toMatchObject({
      id: 1,
      batch: 1,
      state: 'succeeded',
      output: join(rig.photos, 'Enhanced', 'photo-001_enhanced.jpg'),
      requestId: expect.stringMatching(/^practice-/) as string,
      attempts: 1,
      code: null,
      message: null,
      charged: 'yes',
      credits: 0.04,
    });
    expect(lineOf(json, 'summary')).toEqual({
      type: 'summary',
      succeeded: 2,
      failed: 0,
      uncertain: 0,
      skipped: 0,
      canceled: 0,
      credits: 0.08,
      seconds: expect.any(Number) as number,
    });
    expect(out).not.toContain('\r');
    expect(err).toContain('2 photos · about 0.08 credits');
    expect(err).toContain('notes.txt');
  });

  it('goes to standard output as sentences without it, a line a photo and no carriage return', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(2);
    const { status, out, err } = await rig.run(['enhance', rig.photos, ...rig.common]);
    expect(status).toBe(0);
    expect(err).toBe('');
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(out).toMatch(/^\[1\/2\] photo-00\d\.jpg -> photos\/Enhanced\/photo-00\d_enhanced\.jpg$/m);
    expect(out).toMatch(/^\[2\/2\] /m);
    expect(out).toMatch(/^Enhanced 2 photos in \d+ s -> photos\/Enhanced$/m);
    expect(out).toMatch(/^0\.08 credits were charged\.$/m);
  });
});

describe('the environment', () => {
  it('gives what no option gives', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(3);
    const env = {
      LIGHTBATCH_DATA: rig.data,
      LIGHTBATCH_API_URL: rig.origin,
      LIGHTBATCH_STORAGE_URL: rig.origin,
      LIGHTBATCH_CONCURRENCY: '1',
      LIGHTBATCH_RPM: 'none',
    };
    const { status } = await rig.run(['enhance', rig.photos], { env });
    expect(status).toBe(0);
    expect(await rig.history()).toHaveLength(3);
    expect(rig.service.stats()).toMatchObject({ accepted: 3, atOnce: 1 });
  });

  it('gives way to options', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    const elsewhere = join(rig.dir, 'elsewhere');
    const env = {
      LIGHTBATCH_DATA: elsewhere,
      LIGHTBATCH_API_URL: 'http://127.0.0.1:9',
      LIGHTBATCH_STORAGE_URL: 'http://127.0.0.1:9',
      LIGHTBATCH_CONCURRENCY: 'many',
      LIGHTBATCH_RPM: 'fast',
    };
    const pace = ['--concurrency', '2', '--rpm', '1000'];
    const { status, err } = await rig.run(['enhance', rig.photos, ...rig.common, ...pace], { env });
    expect([status, err]).toEqual([0, '']);
    expect(filesBelow(elsewhere)).toEqual([]);
    expect(await rig.history()).toHaveLength(1);
  });

  it('decides where the history is when nobody says: where the desktop app has it', async () => {
    const rig = await Rig.open();
    const { status } = await rig.run(['history'], { env: { XDG_CONFIG_HOME: join(rig.dir, 'config') } });
    expect(status).toBe(0);
    if (process.platform === 'linux') {
      expect(filesBelow(join(rig.dir, 'config', 'Lightbatch'))).not.toEqual([]);
    }
  });
});

describe('pace', () => {
  it('has no more photos at the service than --concurrency says', async () => {
    const rig = await Rig.open({ latencyMs: { min: 600, max: 700 } }); // or one is done before the next is prepared
    await rig.addPhotos(6);
    expect((await rig.enhance('--concurrency', '2', '--rpm', 'none')).status).toBe(0);
    expect(rig.service.stats()).toMatchObject({ accepted: 6, atOnce: 2 });
  });
});

describe('--practice', () => {
  it('needs no key and no service, and says that it is not Bria', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(2);
    const env = { SEGMIND_API_KEY: '' };
    const { status, out } = await rig.run(['enhance', rig.photos, '--practice', '--data', rig.data], { env });
    expect(status).toBe(0);
    expect(out).toContain('free: practice, not Bria');
    expect(out).toMatch(/^Enhanced 2 photos in \d+ s -> photos\/Enhanced \(practice\) \(practice, not Bria\)$/m);
    expect(out).not.toContain('charged');
    expect(rig.service.stats().submits).toBe(0);
  });
});

it('takes a photo once, however often and by whatever link it is given', async () => {
  const rig = await Rig.open();
  const [photo = ''] = await rig.addPhotos(1);
  symlinkSync(rig.photos, join(rig.photos, 'again'));
  const { status, json } = await rig.run(['enhance', photo, rig.photos, photo, ...rig.common, '--json', '--recursive']);
  expect(status).toBe(0);
  expect(lineOf(json, 'summary')).toMatchObject({ succeeded: 1 });
  expect(rig.accepted()).toEqual([1]);
});
