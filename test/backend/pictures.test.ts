// The pictures that a window is shown: of jobs alone, small ones from a cache, and none where there is nothing to show.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Pictures } from '../../app/backend/pictures.ts';
import type { PictureAddress, Which } from '../../app/contract/pictures.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { silentLog } from '../../app/lib/log.ts';
import { exifWithPreview, noisy, realPhotos, withSegment } from '../media/pictures.ts';
import { BackendRig } from './rig.ts';

async function withJobs(files: Readonly<Record<string, Uint8Array>>): Promise<{ rig: BackendRig; ids: number[] }> {
  const rig = await BackendRig.open();
  for (const [name, bytes] of Object.entries(files)) rig.addFile(name, bytes);
  await rig.call('service.use', { kind: 'practice' });
  const batchId = await rig.startBatch();
  await rig.finished(batchId);
  const { ids } = await rig.call('jobs.ids', { batchId, states: [], order: 'name', descending: false });
  return { rig, ids: [...ids] };
}

const jpeg = (width = 900, height = 600) => noisy(width, height).jpeg().toBuffer();

function thumbs(rig: BackendRig): string[] {
  return readdirSync(join(rig.data, 'thumbs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function shown(rig: BackendRig, address: PictureAddress) {
  const file = await rig.backend.picture(address);
  if (file === null) return null;
  const { width, height, format } = await sharp(readFileSync(file.path)).metadata();
  return { ...file, width, height, format };
}

describe('a small picture', () => {
  it('is made once, of the photo and of its result', async () => {
    const { rig, ids } = await withJobs({ 'a.jpg': await jpeg() });
    const [id = 0] = ids;
    for (const which of ['original', 'enhanced'] as const) {
      const picture = await shown(rig, { id, which, tier: 'small' });
      expect(picture).toMatchObject({ type: 'image/jpeg', width: 512, height: 341, format: 'jpeg' });
      const made = statSync(picture?.path ?? '').mtimeMs;
      await rig.backend.picture({ id, which, tier: 'small' });
      expect(statSync(picture?.path ?? '').mtimeMs).toBe(made);
    }
    expect(thumbs(rig)).toHaveLength(2);
  });

  it('is another one when the photo changed', async () => {
    const { rig, ids } = await withJobs({ 'a.jpg': await jpeg() });
    const address = { id: ids[0] ?? 0, which: 'original', tier: 'small' } as const;
    const before = await rig.backend.picture(address);
    writeFileSync(join(rig.photos, 'a.jpg'), await jpeg(600, 900));
    expect(await shown(rig, address)).toMatchObject({ width: 341, height: 512 });
    expect((await rig.backend.picture(address))?.path).not.toBe(before?.path);
  });

  it('asked for by many at once is made for all of them', async () => {
    const { rig, ids } = await withJobs({ 'a.jpg': await jpeg() });
    const ask = () => rig.backend.picture({ id: ids[0] ?? 0, which: 'original', tier: 'small' });
    const all = await Promise.all([ask(), ask(), ask(), ask()]);
    expect(new Set(all.map((file) => file?.path)).size).toBe(1);
    expect(thumbs(rig)).toHaveLength(1);
  });

  it('of a photo that is gone, of no job, and of a result that is not there yet is none', async () => {
    const { rig, ids } = await withJobs({ 'a.jpg': await jpeg() });
    const [id = 0] = ids;
    rmSync(join(rig.photos, 'a.jpg'));
    expect(await rig.backend.picture({ id, which: 'original', tier: 'small' })).toBeNull();
    expect(await rig.backend.picture({ id, which: 'original', tier: 'full' })).toBeNull();
    expect(await rig.backend.picture({ id: 9_999, which: 'original', tier: 'small' })).toBeNull();
    rig.hold();
    rig.addFile('b.jpg', await jpeg());
    const { batchId } = await rig.start(rig.backend.intakeOf([join(rig.photos, 'b.jpg')]));
    const { ids: waiting } = await rig.call('jobs.ids', {
      batchId: batchId ?? 0,
      states: [],
      order: 'added',
      descending: false,
    });
    expect(await rig.backend.picture({ id: waiting[0] ?? 0, which: 'enhanced', tier: 'full' })).toBeNull();
  });

  it('of a photo that cannot be read any more is none, and all others are made', async () => {
    const { rig, ids } = await withJobs({ 'a.jpg': await jpeg(), 'b.jpg': await jpeg() });
    writeFileSync(join(rig.photos, 'a.jpg'), 'no picture any more');
    const pictures = await Promise.all(ids.map((id) => rig.backend.picture({ id, which: 'original', tier: 'small' })));
    expect(pictures.map((file) => file !== null)).toEqual([false, true]);
  });
});

describe('a quick picture', () => {
  it('is the preview that the camera left, and the small one where there is none', async () => {
    const withPreview = realPhotos().find((path) => readFileSync(path).subarray(0, 65_536).includes('Exif'));
    const { rig, ids } = await withJobs({ 'a.jpg': readFileSync(withPreview ?? ''), 'b.jpg': await jpeg() });
    const quick = await Promise.all(ids.map((id) => shown(rig, { id, which: 'original', tier: 'quick' })));
    expect(quick.map((picture) => picture?.type)).toEqual(['image/jpeg', 'image/jpeg']);
    expect(quick[1]?.width).toBe(512);
    expect(quick[1]?.path).toContain('-small-');
  });
});

describe('a full picture', () => {
  it('is the file itself where a browser can show it, whatever its name says', async () => {
    const png = await noisy(60, 40).png().toBuffer();
    const { rig, ids } = await withJobs({ 'a.jpg': await jpeg(60, 40), 'b.jpg': png });
    const full = await Promise.all(ids.map((id) => rig.backend.picture({ id, which: 'original', tier: 'full' })));
    expect(full).toEqual([
      { path: join(rig.photos, 'a.jpg'), type: 'image/jpeg' },
      { path: join(rig.photos, 'b.jpg'), type: 'image/png' },
    ]);
  });

  it('of a TIFF is made once, with every pixel', async () => {
    const { rig, ids } = await withJobs({ 'a.tif': await noisy(5_000, 30).tiff().toBuffer() });
    const address = { id: ids[0] ?? 0, which: 'original', tier: 'full' } as const;
    expect(await shown(rig, address)).toMatchObject({ type: 'image/jpeg', width: 5_000, height: 30, format: 'jpeg' });
    expect((await rig.backend.picture(address))?.path).not.toBe(join(rig.photos, 'a.tif'));
    expect(thumbs(rig)).toHaveLength(1);
  });
});

describe('while photos and results are away', () => {
  it('the newest that was made of each is shown, also by an app that was started since', async () => {
    const { rig, ids } = await withJobs({ 'a.jpg': await jpeg(), 'b.jpg': await jpeg() });
    const [a = 0, b = 0] = ids;
    const small = (id: number, which: Which) => ({ id, which, tier: 'small' }) as const;
    const first = await rig.backend.picture(small(a, 'original'));
    utimesSync(first?.path ?? '', 1, 1);
    writeFileSync(join(rig.photos, 'a.jpg'), await jpeg(600, 900));
    const newest = await rig.backend.picture(small(a, 'original'));
    const enhanced = await rig.backend.picture(small(a, 'enhanced'));
    await rig.backend.picture(small(b, 'original'));
    await rig.backend.stop();
    renameSync(rig.photos, `${rig.photos} on another drive`);
    using history = History.own({ dir: rig.data, clock: systemClock, program: 'a test' });
    const media = { thumbnail: () => Promise.reject(new Error('nothing is made here')) };
    const pictures = new Pictures({ history, media, clock: systemClock, log: silentLog, dataDir: rig.data });
    const kept = { type: 'image/jpeg', kept: true };
    expect(await pictures.file(small(a, 'original'))).toEqual({ ...kept, path: newest?.path });
    expect(await pictures.file({ id: a, which: 'original', tier: 'quick' })).toEqual({ ...kept, path: newest?.path });
    expect(await pictures.file(small(a, 'enhanced'))).toEqual({ ...kept, path: enhanced?.path });
    expect(await pictures.file(small(b, 'enhanced'))).toBeNull(); // none was made: not the one of another photo
    expect(await pictures.file({ id: a, which: 'original', tier: 'full' })).toBeNull(); // never fewer pixels than it says
  });

  it('every pixel of a TIFF is still there, and the preview of a camera where nothing better is', async () => {
    const preview = exifWithPreview(await noisy(160, 120).jpeg().toBuffer(), 1, true);
    const photo = withSegment(await jpeg(480, 360), 0xe1, preview);
    const { rig, ids } = await withJobs({ 'a.tif': await noisy(500, 30).tiff().toBuffer(), 'b.jpg': photo });
    const full = { id: ids[0] ?? 0, which: 'original', tier: 'full' } as const;
    const made = await rig.backend.picture(full);
    const quick = await rig.backend.picture({ id: ids[1] ?? 0, which: 'original', tier: 'quick' });
    expect(quick?.path).toContain('-quick-');
    renameSync(rig.photos, `${rig.photos} on another drive`);
    expect(await rig.backend.picture(full)).toMatchObject({ path: made?.path, kept: true });
    const small = await rig.backend.picture({ id: ids[1] ?? 0, which: 'original', tier: 'small' });
    expect(small).toMatchObject({ path: quick?.path, kept: true });
  });
});

describe('the kept pictures', () => {
  it('are cleared of what is left over, of jobs that are gone, and of the oldest above the bound', async () => {
    const { rig, ids } = await withJobs({ 'a.jpg': await jpeg(), 'b.jpg': await jpeg(), 'c.jpg': await jpeg() });
    const paths: string[] = [];
    for (const id of ids) {
      const file = await rig.backend.picture({ id, which: 'original', tier: 'small' });
      paths.push(file?.path ?? '');
    }
    const [a = '', b = '', c = ''] = paths;
    const before = new Date(Date.now() - 86_400_000);
    utimesSync(a, before, before);
    const gone = a.replace(/\/\d+-original/, '/9999-original');
    copyFileSync(a, gone);
    const leftOver = `${a}.123.part`;
    appendFileSync(leftOver, 'half');
    utimesSync(leftOver, before, before);
    await rig.backend.stop();
    using history = History.own({ dir: rig.data, clock: systemClock, program: 'a test' });
    const media = { thumbnail: () => Promise.reject(new Error('nothing is made here')) };
    const cacheBytes = statSync(b).size + statSync(c).size;
    await new Pictures({ history, media, clock: systemClock, log: silentLog, dataDir: rig.data, cacheBytes }).tidy();
    const there = [a, b, c, gone, leftOver].map((path) => existsSync(path));
    expect(there).toEqual([false, true, true, false, false]);
  });
});
