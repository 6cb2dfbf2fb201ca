// Its own results never come back as photos: known by where they are, and by what they are wherever they are.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dress } from '../../app/media/dress.ts';
import { inspect } from '../../app/media/inspect.ts';
import { mediaDouble } from '../fakes/media.ts';
import { noisy, withSegment } from '../media/pictures.ts';
import { settings, WatchRig } from './rig.ts';

/** Everything has time to come round again. */
async function rounds(rig: WatchRig): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await rig.rest();
    await rig.enhance();
  }
}

describe('results', () => {
  test('that were rated and moved are known by their mark: their content is another one by then', async () => {
    await using rig = await WatchRig.open({ media: { ...mediaDouble(), dress }, watch: { media: { inspect } } });
    await rig.watch();
    const names = ['1.jpg', '2.jpg', '3.jpg'];
    for (const name of names) rig.put(name, withSegment(await noisy().jpeg().toBuffer(), 0xfe, Buffer.from(name)));
    await rounds(rig);
    expect(rig.submits()).toBe(3);
    const folder = join(rig.dir, 'Enhanced (practice)');
    const results = readdirSync(folder);
    expect(results).toHaveLength(3);
    for (const name of results) {
      const rated = withSegment(readFileSync(join(folder, name)), 0xfe, Buffer.from('five stars'));
      writeFileSync(join(folder, name), rated);
    }
    renameSync(folder, join(rig.dir, 'Delivered'));
    await rounds(rig);
    expect(rig.submits()).toBe(3);
    expect(rig.files()).toMatchObject(Object.fromEntries(results.map((name) => [`Delivered/${name}`, 'own'])));
    expect(rig.row()).toMatchObject({ held: null, today: { queued: 3 } });
  });

  test('that go into the watched folder itself are not enhanced: as many submits as photos', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({}, rig.dir);
    for (const name of ['1.jpg', '2.jpg', 'sub/3.jpg']) rig.put(name);
    await rounds(rig);
    expect(rig.submits()).toBe(3);
    expect(readdirSync(rig.dir, { recursive: true }).sort()).toEqual([
      '1.jpg',
      '1_enhanced.jpg',
      '2.jpg',
      '2_enhanced.jpg',
      'sub',
      'sub/3.jpg',
      'sub/3_enhanced.jpg',
    ]);
    const own = Object.entries(rig.files()).filter(([, state]) => state === 'own');
    expect(own.map(([path]) => path).sort()).toEqual(['1_enhanced.jpg', '2_enhanced.jpg', 'sub/3_enhanced.jpg']);
    await rig.restart();
    await rounds(rig);
    expect(rig.submits()).toBe(3);
  });

  test.each(['Enhanced (practice)', 'results'])('that go into the folder %s in it are not looked at', async (name) => {
    await using rig = await WatchRig.open();
    await rig.watch({}, name === 'results' ? join(rig.dir, name) : null);
    rig.put('1.jpg');
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    expect(rig.files()).toEqual({ '1.jpg': 'taken' });
    expect(readdirSync(join(rig.dir, name))).toEqual(['1_enhanced.jpg']);
  });

  test('that are copied or moved back in under other names are recognised, also when their jobs were removed', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    rig.put('1.jpg');
    rig.put('2.jpg');
    await rounds(rig);
    const enhanced = join(rig.dir, 'Enhanced (practice)');
    copyFileSync(join(enhanced, '1_enhanced.jpg'), join(rig.dir, 'looks new.jpg'));
    rig.history.housekeeping.remove(rig.jobs().map(({ id }) => id));
    renameSync(join(enhanced, '2_enhanced.jpg'), join(rig.dir, 'looks new, too.jpg'));
    await rounds(rig);
    expect(rig.files()).toMatchObject({ 'looks new.jpg': 'own', 'looks new, too.jpg': 'own' });
    expect(rig.submits()).toBe(2);
  });

  test('of another machine are not looked at, wherever a folder of results came to lie', async () => {
    await using rig = await WatchRig.open({ service: 'https://api.example' });
    rig.put('there/Enhanced/before_enhanced.jpg');
    const { existing } = await rig.watch({}, join(rig.at.dir, 'results'));
    expect(existing).toBeNull();
    rig.put('Wedding/a.jpg');
    rig.put('Wedding/Enhanced/a_enhanced.jpg', 'made elsewhere');
    rig.put('Wedding/Enhanced (practice)/church/b_enhanced.jpg', 'practised elsewhere');
    rig.put('Wedding/Enhanced by hand/c.jpg', 'a folder of another name');
    await rounds(rig);
    await rig.restart();
    await rounds(rig);
    expect(rig.files()).toEqual({ 'Wedding/a.jpg': 'taken', 'Wedding/Enhanced by hand/c.jpg': 'taken' });
    expect(rig.submits()).toBe(2);
  });

  test('of batches that were started by hand are recognised as well', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    mkdirSync(join(rig.dir, 'by hand'));
    const path = rig.at.photo();
    rig.at.batch([rig.at.planFile(path, { outDir: join(rig.dir, 'by hand') })]);
    await rounds(rig);
    expect(rig.submits()).toBe(1);
    expect(Object.values(rig.files())).toEqual(['own']);
  });

  test('are no storm, and do not wait for anything', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ stormLimit: 3 }, rig.dir);
    for (let n = 0; n < 3; n += 1) rig.put(`${n}.jpg`);
    await rounds(rig);
    expect(rig.row()).toMatchObject({ held: null, waitingCount: 0, today: { queued: 3, enhanced: 3 } });
  });

  test('never take the place of a photo that lies where they go', async () => {
    await using rig = await WatchRig.open();
    rig.put('1_enhanced.jpg', 'a photo of this name, by the photographer');
    await rig.watch({ output: { ...settings().output, onExists: 'overwrite' } }, rig.dir);
    rig.put('1.jpg');
    await rounds(rig);
    expect(rig.jobs().map(({ outStem }) => outStem)).toEqual(['1_enhanced (2)']);
    expect(rig.files()).toEqual({ '1_enhanced.jpg': 'there', '1.jpg': 'taken', '1_enhanced (2).jpg': 'own' });
  });
});
