import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_TEMPLATE, type BatchFields } from '../../app/domain/naming.ts';
import { planBatch, type BatchPlan, type BatchRequest } from '../../app/intake/intake.ts';
import type { IntakeError } from '../../app/intake/intake-error.ts';
import { FolderSet } from '../../app/intake/output-folders.ts';
import { jpeg, png, SniffingMedia, TempTree } from './temp-tree.ts';

const FIELDS: BatchFields = { resolution: '4MP', seed: 7, steps: 30, date: '2026-11-30', batch: 'trip' };
const isWindows = process.platform === 'win32';

let tree: TempTree;
let media: SniffingMedia;
beforeEach(async () => {
  tree = await TempTree.make();
  media = new SniffingMedia();
});
afterEach(() => tree.remove());

const plan = (inputs: readonly string[], request: Partial<BatchRequest> = {}) =>
  planBatch(
    {
      inputs,
      recursive: true,
      out: null,
      template: DEFAULT_TEMPLATE,
      fields: FIELDS,
      isOwnOutput: () => false,
      ...request,
    },
    { media },
  );
/** Each photo's result, both below the temp folder. */
const results = ({ jobs }: BatchPlan) =>
  Object.fromEntries(
    jobs.map((job) => [
      relative(tree.path, job.sourcePath),
      relative(tree.path, join(job.outDir, job.outStem)).replaceAll('\\', '/'),
    ]),
  );
const leftOut = (result: { leftOut: BatchPlan['leftOut'] | IntakeError['leftOut'] }) =>
  Object.fromEntries(result.leftOut.map(({ path, reason }) => [relative(tree.path, path), reason]));
const failing = async (planning: Promise<unknown>) => {
  const error = await planning.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'IntakeError' });
  return error as IntakeError;
};

describe('a plan', () => {
  it('holds for each photo what it is, where it is, and what its result will be called', async () => {
    await tree.files(['in/sub/a.jpg']);
    const path = tree.at('in', 'sub', 'a.jpg');
    const stats = await stat(path);
    expect(await plan([tree.at('in')], { template: '{name}_{seed}.{ext}' })).toEqual({
      jobs: [
        {
          sourcePath: path,
          sourceBytes: stats.size,
          sourceMtimeMs: Math.trunc(stats.mtimeMs),
          format: 'jpeg',
          width: 6000,
          height: 4000,
          outDir: tree.at('in', 'Enhanced', 'sub'),
          outStem: 'a_7',
        },
      ],
      leftOut: [],
    });
  });

  it('takes photos by their content: one without an extension, not a PDF that is called .jpg', async () => {
    await tree.files(['scan']);
    await tree.files(['lying.jpg'], () => png());
    await tree.files(['doc.jpg', 'pic.heic'], () => Buffer.from('%PDF-1.7'));
    await tree.files(['huge.png'], () => Buffer.from('HUGE'));
    const result = await plan([tree.path]);
    expect(result.jobs.map(({ outStem, format }) => [outStem, format])).toEqual([
      ['lying_enhanced', 'png'],
      ['scan_enhanced', 'jpeg'],
    ]);
    expect(leftOut(result)).toEqual({ 'doc.jpg': 'not_a_photo', 'pic.heic': 'heic', 'huge.png': 'too_large' });
    const messages = result.leftOut.map(({ message }) => message);
    expect(messages[0]).toContain('(a PDF document)');
    expect(messages[2]).toContain('HEIC photos must be exported first');
  });

  it('keeps natural order over many groups, and asks for at most 64 files at once', async () => {
    const names = Array.from({ length: 700 }, (_, index) => `IMG_${index + 1}.jpg`);
    await tree.files(names.toReversed());
    const progress: { found: number; inspected: number }[] = [];
    const result = await plan([tree.path], { onProgress: (step) => progress.push(step) });
    expect(result.jobs.map(({ sourcePath }) => relative(tree.path, sourcePath))).toEqual(names);
    expect(Math.max(...media.groups.map((group) => group.length))).toBe(64);
    expect(media.groups.flat()).toHaveLength(700);
    expect(progress.at(-1)).toEqual({ found: 700, inspected: 700 });
  });

  it('tells photos of one name apart', async () => {
    await tree.files(['a.jpg', 'a.png', 'b.jpg', 'sub/a.jpg']);
    expect(results(await plan([tree.path]))).toEqual({
      'a.jpg': 'Enhanced/a-jpg_enhanced',
      'a.png': 'Enhanced/a-png_enhanced',
      'b.jpg': 'Enhanced/b_enhanced',
      [join('sub', 'a.jpg')]: 'Enhanced/sub/a_enhanced',
    });
  });

  it('leaves results of earlier runs out, also when they are reached by a link, and does not look into them', async () => {
    await tree.files(['in/a.jpg', 'in/a_enhanced.jpg', 'results/b_enhanced.jpg']);
    if (!isWindows) await tree.link('in/best.jpg', tree.at('results/b_enhanced.jpg'));
    const own = new Set([tree.at('in', 'a_enhanced.jpg'), tree.at('results', 'b_enhanced.jpg')]);
    const result = await plan([tree.at('in')], { isOwnOutput: (path) => own.has(path) });
    expect(result.jobs.map(({ outStem }) => outStem)).toEqual(['a_enhanced']);
    expect(new Set(result.leftOut.map(({ reason }) => reason))).toEqual(new Set(['own_output']));
    expect(media.groups.flat()).toEqual([tree.at('in', 'a.jpg')]);
  });

  it.skipIf(isWindows)('leaves out results that were made before their folder was moved and linked to', async () => {
    await tree.files(['new/a.jpg', 'new/a_enhanced.jpg']);
    await tree.link('old', tree.at('new'));
    const isOwnOutput = (path: string) => path === tree.at('old/a_enhanced.jpg');
    const result = await plan([tree.at('old')], { isOwnOutput });
    expect(leftOut(result)).toEqual({ 'old/a_enhanced.jpg': 'own_output' });
  });

  it('can be given up while photos are looked at', async () => {
    await tree.files(Array.from({ length: 300 }, (_, index) => `${index}.jpg`));
    const stop = new AbortController();
    const reason = new Error('given up');
    const onProgress = ({ inspected }: { inspected: number }) => {
      if (inspected > 0) stop.abort(reason);
    };
    await expect(plan([tree.path], { signal: stop.signal, onProgress })).rejects.toBe(reason);
    expect(media.groups.length).toBeLessThan(5);
  });

  it('fails as a whole when the picture process does: no photo is called damaged for it', async () => {
    await tree.files(['a.jpg', 'b.jpg'], () => Buffer.from('DEAD'));
    await expect(plan([tree.path])).rejects.toMatchObject({ name: 'FailureError', failure: { code: 'internal' } });
  });

  it('fails when an answer is missing', async () => {
    await tree.files(['a.jpg']);
    media.inspect = () => Promise.resolve([]);
    await expect(plan([tree.path])).rejects.toThrow('no answer from inspect');
  });
});

describe('the output folder', () => {
  it('is by default Enhanced in each folder, and beside each single file', async () => {
    await tree.files(['one/sub/a.jpg', 'two/b.jpg', 'three/c.jpg']);
    expect(results(await plan([tree.at('one'), tree.at('two'), tree.at('three', 'c.jpg')]))).toEqual({
      [join('one', 'sub', 'a.jpg')]: 'one/Enhanced/sub/a_enhanced',
      [join('two', 'b.jpg')]: 'two/Enhanced/b_enhanced',
      [join('three', 'c.jpg')]: 'three/Enhanced/c_enhanced',
    });
  });

  it('is another for practice, and neither is searched for photos', async () => {
    await tree.files(['in/a.jpg', 'in/Enhanced/a_enhanced.jpg', 'in/Enhanced (practice)/a_enhanced.jpg']);
    expect(results(await plan([tree.at('in')], { practice: true }))).toEqual({
      'in/a.jpg': 'in/Enhanced (practice)/a_enhanced',
    });
    expect(results(await plan([tree.at('in')]))).toEqual({ 'in/a.jpg': 'in/Enhanced/a_enhanced' });
  });

  it('that is given holds the tree of one folder, and single files directly', async () => {
    await tree.files(['one/a.jpg', 'one/sub/a.jpg', 'x/c.jpg', 'y/c.jpg']);
    const out = tree.at('out', 'new');
    expect(results(await plan([tree.at('one'), tree.at('x', 'c.jpg'), tree.at('y', 'c.jpg')], { out }))).toEqual({
      [join('one', 'a.jpg')]: 'out/new/a_enhanced',
      [join('one', 'sub', 'a.jpg')]: 'out/new/sub/a_enhanced',
      [join('x', 'c.jpg')]: 'out/new/c-jpg_enhanced',
      [join('y', 'c.jpg')]: 'out/new/c-jpg_enhanced (2)',
    });
    await expect(stat(out)).rejects.toThrow('ENOENT');
  });

  it('that is given holds a folder for each of several, apart also when their names differ by case alone', async () => {
    await tree.files(['2024/raw/a.jpg', '2025/raw/b.jpg', '2026/Raw/c.jpg', 'd.jpg']);
    const inputs = ['2024/raw', '2025/raw', '2026/Raw', 'd.jpg', '2024/raw'].map((name) => tree.at(...name.split('/')));
    expect(Object.values(results(await plan(inputs, { out: tree.at('out') })))).toEqual([
      'out/raw/a_enhanced',
      'out/raw (2)/b_enhanced',
      'out/Raw (3)/c_enhanced',
      'out/d_enhanced',
    ]);
  });

  it.skipIf(isWindows)('has sub-folders whose names are legal on every system', async () => {
    await tree.files(['in/10:30/a.jpg', 'in/10_30/a.jpg', 'in/con/a.jpg', 'in/two\nlines /a.jpg']);
    expect(results(await plan([tree.at('in')]))).toEqual({
      'in/10_30/a.jpg': 'in/Enhanced/10_30/a-jpg_enhanced',
      'in/10:30/a.jpg': 'in/Enhanced/10_30/a-jpg_enhanced (2)',
      'in/con/a.jpg': 'in/Enhanced/_con/a_enhanced',
      'in/two\nlines /a.jpg': 'in/Enhanced/two_lines/a_enhanced',
    });
  });

  it.each([
    ['the default', null, 'Enhanced'],
    ['given', 'out', 'out'],
    ['given, deep inside', join('x', 'out'), join('x', 'out')],
  ])('is never searched: %s', async (_, out, folder) => {
    await tree.files(['a.jpg', join(folder, 'a_enhanced.jpg'), join(folder, 'deep', 'b.jpg')]);
    const result = await plan([tree.path], { out: out === null ? null : tree.at(out) });
    expect(Object.keys(results(result))).toEqual(['a.jpg']);
    expect(leftOut(result)).toEqual({ [folder]: 'excluded' });
    expect(media.groups.flat()).toEqual([tree.at('a.jpg')]);
  });

  it.skipIf(isWindows)('is never searched, whatever links lead to it', async () => {
    await tree.files(['in/a.jpg', 'out/deep/a_enhanced.jpg']);
    await tree.link('in/results', tree.at('out'));
    await tree.link('in/inside', tree.at('out/deep'));
    await tree.link('in/one.jpg', tree.at('out/deep/a_enhanced.jpg'));
    await tree.link('way-out', tree.at('out'));
    const result = await plan([tree.at('in')], { out: tree.at('way-out') });
    expect(Object.keys(results(result))).toEqual(['in/a.jpg']);
    expect(leftOut(result)).toEqual({ 'in/results': 'excluded', 'in/inside': 'excluded', 'in/one.jpg': 'excluded' });
  });

  it.skipIf(isWindows)('is never searched, also when it is given by a link and there are several folders', async () => {
    await tree.files(['in/a.jpg', 'in/out/old.jpg', 'more/b.jpg']);
    await tree.link('way-out', tree.at('in/out'));
    const result = await plan([tree.at('in'), tree.at('more')], { out: tree.at('way-out') });
    expect(results(result)).toEqual({ 'in/a.jpg': 'in/out/in/a_enhanced', 'more/b.jpg': 'in/out/more/b_enhanced' });
    expect(leftOut(result)).toEqual({ 'in/out': 'excluded' });
  });

  it('is not searched when it is given as an input beside the folder that it belongs to', async () => {
    await tree.files(['a.jpg', 'Enhanced/a_enhanced.jpg']);
    const result = await plan([tree.path, tree.at('Enhanced')]);
    expect(Object.keys(results(result))).toEqual(['a.jpg']);
    expect(new Set(result.leftOut.map(({ path }) => path))).toEqual(new Set([tree.at('Enhanced')]));
  });

  it('may be the folder of the photos, or one above it: then that folder is searched all the same', async () => {
    await tree.files(['in/a.jpg', 'in/sub/b.jpg']);
    expect(results(await plan([tree.at('in')], { out: tree.at('in') }))).toEqual({
      [join('in', 'a.jpg')]: 'in/a_enhanced',
      [join('in', 'sub', 'b.jpg')]: 'in/sub/b_enhanced',
    });
    expect(results(await plan([tree.at('in', 'sub')], { out: tree.path }))).toEqual({
      [join('in', 'sub', 'b.jpg')]: 'b_enhanced',
    });
  });

  it('is searched when it is the folder given, and has its own output folder then', async () => {
    await tree.files(['Enhanced/a.jpg']);
    expect(results(await plan([tree.at('Enhanced')]))).toEqual({
      [join('Enhanced', 'a.jpg')]: 'Enhanced/Enhanced/a_enhanced',
    });
  });

  it.skipIf(isWindows)('has one path, by whatever way its photos were reached', async () => {
    await tree.files(['real/trip/a.jpg']);
    await tree.link('pictures', tree.at('real'));
    const [job] = (await plan([tree.at('pictures', 'trip')])).jobs;
    expect(job).toMatchObject({
      sourcePath: tree.at('pictures/trip/a.jpg'),
      outDir: tree.at('real/trip/Enhanced'),
    });
    await tree.files(['real/trip/best/b.jpg']);
    await tree.folder('elsewhere');
    await tree.link('real/trip/Enhanced/best', tree.at('elsewhere'));
    const { jobs } = await plan([tree.at('pictures', 'trip')]);
    expect(jobs[1]?.outDir).toBe(tree.at('elsewhere'));
  });

  it('cannot be a file, nor be below one', async () => {
    await tree.files(['in/a.jpg', 'in/Enhanced', 'file']);
    for (const out of [null, tree.at('file'), tree.at('file', 'below')]) {
      const error = await failing(plan([tree.at('in')], { out }));
      expect(error.code).toBe('bad_output');
      expect(error.message).toContain('cannot be the output folder');
    }
  });

  it.skipIf(isWindows)('is known in another spelling where the disk takes both for one, and only there', async () => {
    // A link stands in for a file system without upper and lower case: two spellings, one folder.
    await mkdir(tree.at('Enhanced'));
    await tree.link('ENHANCED', 'Enhanced');
    const folders = new FolderSet([tree.at('Enhanced')]);
    expect(folders.has(tree.at('ENHANCED'))).toBe(true);
    expect(folders.has(tree.at('enhanced'))).toBe(false);
    expect(folders.has(tree.at('other'))).toBe(false);
    await tree.files(['enhanced/a.jpg', 'b.jpg']);
    if ((await stat(tree.at('enhanced'))).ino !== (await stat(tree.at('Enhanced'))).ino) {
      expect(Object.keys(results(await plan([tree.path])))).toEqual(['b.jpg', 'enhanced/a.jpg']);
    }
  });
});

describe('a plan that would put a result in the place of a photo', () => {
  it.each([
    ['the photo itself', ['a.jpg'], '{name}.{ext}'],
    ['itself in another format', ['a.png'], '{name}.{ext}'],
    ['another photo', ['a.jpg', 'a_enhanced.png'], DEFAULT_TEMPLATE],
    ['another photo in another spelling', ['CAFE\u0301_Enhanced.jpg', 'café.jpg'], DEFAULT_TEMPLATE],
    ['a photo in a sub-folder', ['sub/a.jpg', 'b.jpg'], '{name}.{ext}'],
  ])('is refused: %s', async (_, names, template) => {
    await tree.files(names);
    const error = await failing(plan([tree.path], { out: tree.path, template }));
    expect(error.code).toBe('would_overwrite');
    expect(error.message).toContain('would take the place of the photo');
    expect(names.map((name) => tree.at(...name.split('/')))).toContain(error.path);
  });

  it.skipIf(isWindows)('is refused, whatever links lead there', async () => {
    await tree.files(['in/a.jpg']);
    await tree.link('way', tree.at('in'));
    await tree.link('links/b.jpg', tree.at('in/a.jpg'));
    const template = '{name}.{ext}';
    expect(await failing(plan([tree.at('in')], { out: tree.at('way'), template }))).toMatchObject({
      code: 'would_overwrite',
      path: tree.at('in/a.jpg'),
    });
    expect(await failing(plan([tree.at('links')], { out: tree.at('links'), template }))).toMatchObject({
      path: tree.at('links/b.jpg'),
    });
  });

  it.skipIf(isWindows)('is refused when it is the file behind a link that would be replaced', async () => {
    await tree.files(['originals/a.jpg']);
    await tree.link('links/a.jpg', tree.at('originals/a.jpg'));
    const planning = plan([tree.at('links/a.jpg')], { out: tree.at('originals'), template: '{name}.{ext}' });
    expect(await failing(planning)).toMatchObject({ code: 'would_overwrite', path: tree.at('originals/a.jpg') });
  });

  it('is refused for a single file beside itself', async () => {
    await tree.files(['a.jpg']);
    const planning = plan([tree.at('a.jpg')], { out: tree.path, template: '{name}.{ext}' });
    expect((await failing(planning)).code).toBe('would_overwrite');
  });

  it('is not refused when the names are kept in another folder', async () => {
    await tree.files(['a.jpg']);
    expect(results(await plan([tree.path], { template: '{name}.{ext}' }))).toEqual({ 'a.jpg': 'Enhanced/a' });
  });
});

describe('a batch that cannot be made', () => {
  it('has no photos, and says what was there instead', async () => {
    await tree.files(['1.CR2', '2.nef', '.hidden.jpg', 'sub/a.jpg']);
    await tree.files(['empty.jpg'], () => Buffer.alloc(0));
    const error = await failing(plan([tree.path], { recursive: false }));
    expect(error.code).toBe('no_photos');
    expect(error.message).toContain(
      'No photos were found: 2 are RAW files, 1 is a sub-folder that was not searched, 1 is empty, 1 is hidden.',
    );
    expect(error.message).toContain(`“${tree.at('1.CR2')}”: RAW files must be exported first`);
    expect(leftOut(error)).toMatchObject({ '.hidden.jpg': 'hidden', sub: 'folder' });
    expect(error.leftOut).toHaveLength(5);
  });

  it('has an empty folder, or nothing at all', async () => {
    await tree.folder('empty');
    expect((await failing(plan([tree.at('empty')]))).message).toBe('No photos were found: there are no files.');
    expect((await failing(plan([]))).code).toBe('no_photos');
  });

  it('has an input that is not there', async () => {
    expect(await failing(plan([tree.at('gone')]))).toMatchObject({ code: 'missing', path: tree.at('gone') });
  });

  it('has a name template with a problem', async () => {
    await tree.files(['a.jpg']);
    const error = await failing(plan([tree.path], { template: '{nam}.{ext}' }));
    expect(error.code).toBe('bad_template');
    expect(error.message).toContain('{nam}');
  });

  it('leaves the disk as it was', async () => {
    await tree.files(['a.jpg'], () => jpeg('same'));
    const before = await stat(tree.at('a.jpg'));
    await plan([tree.path]);
    await expect(stat(tree.at('Enhanced'))).rejects.toThrow('ENOENT');
    expect(await stat(tree.at('a.jpg'))).toMatchObject({ mtimeMs: before.mtimeMs, size: before.size });
    expect(dirname(tree.at('a.jpg'))).toBe(tree.path);
  });
});
