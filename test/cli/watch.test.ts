// `watch` as a real process on real folders: each new photo once, what waits and why, and how it ends.
import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Line, lineOf, Rig, type RunOptions, type Running, smallPhoto, statesOf } from '../fakes/command-line.ts';

const QUICK = ['--settle', '0.5'];

/** Starts a watch of the rig's photos, and waits until it watches. */
async function watching(rig: Rig, args: readonly string[] = [], options: RunOptions = {}): Promise<Running> {
  const running = rig.start(['watch', rig.photos, ...rig.common, '--json', ...QUICK, ...args], options);
  await running.until('out', '"state":"watching"');
  return running;
}

/** Resolves when so many photos are enhanced. */
async function enhanced(running: Running, photos: number): Promise<void> {
  await running.until('out', new RegExp(`(?:"state":"succeeded"[^]*){${photos}}`));
}

async function end(running: Running) {
  running.kill('SIGINT');
  return await running.ended;
}

const watchLines = (lines: readonly Line[]) => lines.filter(({ type }) => type === 'watch');

describe('watch', () => {
  it('enhances each new photo once, and after a restart what came meanwhile and nothing else', async () => {
    const rig = await Rig.open();
    await rig.addPhoto('there before.jpg');
    const running = await watching(rig);
    await rig.addPhoto('one “two”\n😀.jpg');
    await enhanced(running, 1);
    copyFileSync(join(rig.photos, 'one “two”\n😀.jpg'), join(rig.photos, 'a copy.jpg')); // not paid for again
    await rig.addPhoto('three.jpg');
    await enhanced(running, 2);
    await running.until('err', '“photos”: 1 photo is known already, so it is not sent again.');
    const ended = await end(running);
    expect(ended.status).toBe(130);
    expect(ended.err).toContain('Press Ctrl-C again to stop at once');
    expect(ended.err).toContain('“photos”: 1 photo was there before and is left alone; --existing enhances it');
    expect(lineOf(ended.json, 'summary')).toMatchObject({ succeeded: 2, failed: 0, uncertain: 0, credits: 0.08 });

    renameSync(join(rig.photos, 'three.jpg'), join(rig.photos, 'renamed.jpg'));
    await rig.addPhoto('meanwhile.jpg');
    const again = rig.start(['watch', ...rig.common, '--json']); // the folder is known, and so are its settings
    await enhanced(again, 1);
    const secondly = await end(again);
    expect(lineOf(secondly.json, 'summary')).toMatchObject({ succeeded: 1 });
    expect(rig.accepted()).toEqual([1, 1, 1]);
    expect(statesOf(await rig.history())).toEqual({ succeeded: 3 });
  });

  it('tells each photo in a line, and a failure with its reason', async () => {
    const rig = await Rig.open();
    rig.fault = ({ route, count }) =>
      route === 'submit' && count === 2 ? { kind: 'fail', error: 'A fault' } : undefined;
    const running = rig.start(['watch', rig.photos, ...rig.common, ...QUICK, '--concurrency', '1']);
    await running.until(
      'out',
      'Watching photos with its sub-folders -> photos/Enhanced, about 0.04 credits a photo. Ctrl-C ends it.',
    );
    await rig.addPhoto('a.jpg');
    await running.until('out', 'a.jpg -> photos/Enhanced/a_enhanced.jpg\n');
    await rig.addPhoto('b.jpg');
    await running.until('out', /^b\.jpg failed: The model could not enhance this photo\. .*\(A fault\)$/m);
    const { status, out } = await end(running);
    expect(status).toBe(130);
    expect(out).toContain('What comes to the folders meanwhile is taken when they are watched again');
    expect(out).toMatch(/Enhanced 1 photo in .* -> photos\/Enhanced\n0\.04 credits were charged\.\n1 photo failed/);
  });

  it('takes no result for a photo when they go into the watched folder itself', async () => {
    const rig = await Rig.open();
    const running = await watching(rig, ['--out', rig.photos]);
    await rig.addPhoto('a.jpg');
    await enhanced(running, 1);
    await rig.addPhoto('b.jpg');
    await enhanced(running, 2);
    await end(running);
    expect(rig.accepted()).toEqual([1, 1]);
  });

  it('waits for a file that grows, says so when that takes long, and takes it when it is whole', async () => {
    const rig = await Rig.open();
    const running = await watching(rig);
    const bytes = await smallPhoto('slow');
    const path = join(rig.photos, 'slow.jpg');
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    await running.until('out', /"waiting":\[\{"name":"slow\.jpg","reason":"[^"]+"\}\]/);
    expect(rig.service.stats().accepted).toBe(0);
    writeFileSync(path, bytes);
    await enhanced(running, 1);
    const { json } = await end(running);
    expect(watchLines(json).at(-1)).toMatchObject({ state: 'watching', waiting: [], held: null });
    expect(rig.accepted()).toEqual([1]);
  });

  it('goes on with the settings that a folder has, and changes those that are given anew', async () => {
    const rig = await Rig.open();
    const first = await watching(rig, ['--steps', '20', '--resolution', '2MP', '--exclude', 'x*']);
    await rig.addPhoto('sub/a.jpg'); // a new folder is taken with its sub-folders
    await enhanced(first, 1);
    await end(first);
    const second = await watching(rig, ['--steps', '40', '--out', join(rig.dir, 'elsewhere')]);
    await rig.addPhoto('x.jpg');
    await rig.addPhoto('sub/b.jpg');
    await enhanced(second, 1);
    const ended = await end(second);
    expect(lineOf(ended.json, 'job')['output']).toBe(join(rig.dir, 'elsewhere', 'sub', 'b_enhanced.jpg'));
    const third = await watching(rig, ['--no-out', '--no-recursive', '--exclude', 'none']);
    await rig.addPhoto('sub/c.jpg');
    await rig.addPhoto('y.jpg');
    await enhanced(third, 1);
    expect(lineOf((await end(third)).json, 'job')['output']).toBe(join(rig.photos, 'Enhanced', 'y_enhanced.jpg'));
    const asked = rig.requests().map(({ parameters }) => [parameters['steps'], parameters['resolution']]);
    expect(asked).toEqual([
      [20, '2MP'],
      [40, '2MP'],
      [40, '2MP'],
    ]);
    expect(rig.accepted()).toEqual([1, 1, 1]);
  });

  it('sends what goes ahead of photos that other commands left, and leaves those alone', async () => {
    const rig = await Rig.open();
    const other = join(rig.dir, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'left.jpg'), await smallPhoto('left'));
    rig.fault = ({ route }) => (route === 'submit' ? { kind: 'status', status: 429 } : undefined);
    const left = rig.start(['enhance', other, ...rig.common, '--json']);
    await left.until('err', 'slow down');
    await end(left);
    rig.fault = undefined;
    const running = await watching(rig);
    await rig.addPhoto('new.jpg');
    await enhanced(running, 1);
    const { err } = await end(running);
    expect(err).toContain('1 photo unfinished, and safe: “resume” goes on.');
    expect(rig.accepted()).toEqual([1]);
  });
});

describe('what was there before', () => {
  it('is left alone, with its price; asked for without a terminal it needs the word that it may cost that', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(3);
    const args = ['watch', rig.photos, ...rig.common, '--json', ...QUICK, '--existing'];
    const refused = await rig.run(args);
    expect(refused.status).toBe(2);
    expect(refused.err).toContain(
      '“photos”: 3 photos there before (up to about 0.12 credits). Add --yes to agree to that.',
    );
    expect(rig.service.stats().accepted).toBe(0);
    const running = rig.start([...args, '--yes']);
    await enhanced(running, 3);
    const { json, err } = await end(running);
    expect(lineOf(json, 'released')).toMatchObject({ which: 'existing', photos: 3 });
    expect(err).toContain('3 photos there before (up to about 0.12 credits).');
    expect(rig.accepted()).toEqual([1, 1, 1]);
  });
});

describe('more new photos than agreed to', () => {
  it('wait, with their price and the option that sends them; that sends them once', async () => {
    const rig = await Rig.open();
    const photos = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => smallPhoto(name)));
    const running = await watching(rig, ['--storm-limit', '3']);
    for (const [index, bytes] of photos.entries()) writeFileSync(join(rig.photos, `${index}.jpg`), bytes);
    await running.until(
      'err',
      /“photos”: \d new photos wait, since more than 3 came at once \(about 0\.\d+ credits\)\./,
    );
    await running.until('out', '"held":{"why":"storm","photos":5,"credits":0.2}');
    const ended = await end(running);
    expect(ended.err).toContain('“watch --held --yes” with this folder enhances them');
    expect(ended.err).toContain('“photos”: 5 new photos wait, and they are not sent.');
    expect(rig.service.stats().accepted).toBe(0);
    const released = rig.start(['watch', rig.photos, ...rig.common, '--json', '--held', '--yes']);
    await enhanced(released, 5);
    expect(lineOf((await end(released)).json, 'released')).toMatchObject({ which: 'held', photos: 5 });
    expect(rig.accepted()).toEqual([1, 1, 1, 1, 1]);
  });

  it('are left alone on the user’s word, cost nothing, and hold up nothing that comes later', async () => {
    const rig = await Rig.open();
    const photos = await Promise.all(['a', 'b', 'c'].map((name) => smallPhoto(name)));
    const running = await watching(rig, ['--storm-limit', '2']);
    for (const [index, bytes] of photos.entries()) writeFileSync(join(rig.photos, `${index}.jpg`), bytes);
    await running.until('out', '"held":{"why":"storm","photos":3');
    await end(running);
    const left = rig.start(['watch', rig.photos, ...rig.common, '--json', '--leave-held', '--storm-limit', '9']);
    await left.until('out', '"type":"left"');
    await rig.addPhoto('later.jpg');
    await enhanced(left, 1);
    const ended = await end(left);
    expect(lineOf(ended.json, 'left')).toMatchObject({ photos: 3 });
    expect(ended.err).toContain('“photos”: 3 photos are left alone, as what was there before.');
    expect(rig.accepted()).toEqual([1]);
  });

  it('a cap of the day holds back the rest, and says which', async () => {
    const rig = await Rig.open();
    const running = await watching(rig, ['--photos-a-day', '1']);
    await rig.addPhoto('a.jpg');
    await enhanced(running, 1);
    await rig.addPhoto('b.jpg');
    await running.until(
      'err',
      '“photos”: 1 new photo waits for tomorrow: 1 photo a day is its limit (--photos-a-day).',
    );
    const { json } = await end(running);
    expect(watchLines(json).at(-1)).toMatchObject({ held: { why: 'photos-a-day', photos: 1 } });
    const free = await watching(rig, ['--photos-a-day', 'none']);
    await enhanced(free, 1);
    await end(free);
    expect(rig.accepted()).toEqual([1, 1]);
  });
});

describe('a folder that goes away', () => {
  it('is told, and watched again when it is back, with what came meanwhile', async () => {
    const rig = await Rig.open();
    const running = await watching(rig);
    renameSync(rig.photos, `${rig.photos}-away`);
    await running.until('out', '"state":"unavailable"');
    await running.until('err', /“photos”: The folder cannot be reached\..* \(It is not there\.\)$/m);
    writeFileSync(join(`${rig.photos}-away`, 'a.jpg'), await smallPhoto('a'));
    renameSync(`${rig.photos}-away`, rig.photos);
    await running.until('err', '“photos” is back.');
    await enhanced(running, 1);
    await end(running);
    expect(rig.accepted()).toEqual([1]);
  });
});

describe('the end', () => {
  it('by Ctrl-C twice comes at once', async () => {
    const rig = await Rig.open();
    const sent = Promise.withResolvers<void>();
    rig.fault = ({ route }) => {
      if (route !== 'submit') return undefined;
      sent.resolve();
      return { kind: 'stall', when: 'after' };
    };
    const running = await watching(rig);
    await rig.addPhoto('a.jpg');
    await sent.promise;
    running.kill('SIGINT');
    await running.until('err', 'Stopping');
    running.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    rig.fault = undefined;
    const again = await watching(rig);
    await rig.addPhoto('b.jpg');
    await enhanced(again, 1);
    expect((await end(again)).err).toContain('1 photo of an earlier run may have been charged');
    expect(Math.max(...rig.accepted())).toBe(1);
  });

  it('comes when the queue stops, with the reason and nothing lost', async () => {
    const rig = await Rig.open({ credits: 0 });
    const running = await watching(rig);
    await rig.addPhoto('a.jpg');
    const { status, json } = await running.ended;
    expect(status).toBe(3);
    expect(lineOf(json, 'stopped')['code']).toBe('no_credits');
    rig.service.set({ credits: 1 });
    const again = await watching(rig);
    await enhanced(again, 1);
    await end(again);
    expect(rig.accepted()).toEqual([1]);
  });

  it('leaves what is queued unsent outside the hours of the folder, also for “resume”, and says so', async () => {
    const rig = await Rig.open({ credits: 0 });
    const running = await watching(rig);
    await rig.addPhoto('a.jpg');
    await running.ended;
    rig.service.set({ credits: 1 });
    const hour = (ahead: number) => `${(new Date().getHours() + ahead) % 24}`.padStart(2, '0');
    const resting = rig.start(['watch', rig.photos, ...rig.common, '--hours', `${hour(3)}:00-${hour(5)}:00`]);
    await resting.until('out', `“photos”: 1 queued photo waits until ${hour(3)}:00 (--hours).`);
    expect((await end(resting)).out).toContain(
      '1 queued photo waits: the watch folder is paused or outside its hours.',
    );
    const resumed = await rig.run(['resume', ...rig.common]);
    expect(resumed.status).toBe(0);
    expect(resumed.out).toContain('Nothing can go on now.');
    expect(resumed.out).toContain('1 queued photo waits');
    const enhance = await rig.run(['enhance', rig.photos, ...rig.common]);
    expect(enhance.out).toContain('1 queued photo waits');
    expect(enhance.out).not.toContain('of an earlier run');
    expect((await rig.run(['cancel', '1', ...rig.common.slice(0, 2)])).status).toBe(0);
    const retried = await rig.run(['retry', '1', ...rig.common]);
    expect(retried.out).toContain('Nothing can go on now.');
    expect(retried.out).not.toContain('Trying');
    expect(rig.service.stats().accepted).toBe(0);
    const again = await watching(rig, ['--hours', 'any']);
    await enhanced(again, 1);
    await end(again);
    expect(rig.accepted()).toEqual([1]);
  });

  it('of a watch that another process holds the queue for comes at once, and says who', async () => {
    const rig = await Rig.open();
    const running = await watching(rig);
    const second = await rig.run(['watch', rig.photos, ...rig.common, '--json']);
    expect(second.status).toBe(2);
    expect(second.err).toMatch(/the command line/);
    expect(lineOf(second.json, 'error')['code']).toBe('held');
    await end(running);
  });
});

describe('a folder that cannot be watched', () => {
  it.each([
    ['is not there', 'missing', /^There is no folder missing\.$/m],
    ['is a file', 'file.jpg', /^file\.jpg is a file\. Name the folder in which new photos arrive\.$/m],
    ['holds the data folder', '.', /far more than photos/],
  ] as const)('because it %s is told, and nothing is watched', async (_, folder, sentence) => {
    const rig = await Rig.open();
    writeFileSync(join(rig.dir, 'file.jpg'), 'x');
    const args = ['watch', '--no-recursive', rig.photos, folder, ...rig.common];
    const ended = await rig.run(args); // also not the one that could be
    expect(ended.status).toBe(2);
    expect(ended.err).toMatch(sentence);
    const again = await rig.run(['watch', ...rig.common]);
    expect([again.status, again.err]).toEqual([2, 'No folder was watched before: name the folders to watch.\n']);
  });
});

it('a folder that was tried in practice is told to cost credits from then on, and nothing of before is sent', async () => {
  const rig = await Rig.open();
  const practice = rig.start(['watch', rig.photos, '--practice', '--data', rig.data, '--json', ...QUICK]);
  await practice.until('err', '(practice, not Bria). Ctrl-C ends it.');
  await rig.addPhoto('a.jpg');
  await enhanced(practice, 1);
  await end(practice);
  const running = await watching(rig);
  await running.until('err', 'was watched in practice. From now on its new photos cost credits.');
  await rig.addPhoto('b.jpg');
  await enhanced(running, 1);
  await end(running);
  expect(rig.accepted()).toEqual([1]);
});

describe('the folders that are known', () => {
  const listed = async (rig: Rig) => (await rig.here('watch', '--list', '--json')).json;

  it('stay as they are, and no new one is watched, when a command is refused', async () => {
    const rig = await Rig.open();
    const practice = rig.start(['watch', rig.photos, '--practice', '--data', rig.data, '--json', ...QUICK]);
    await practice.until('out', '"state":"watching"');
    await end(practice);
    const before = await listed(rig);
    expect(before).toMatchObject([{ path: rig.photos, service: 'practice' }]);
    const other = join(rig.dir, 'other');
    mkdirSync(other);
    const args = ['watch', rig.photos, other, ...rig.common, '--steps', '20', '--out', other];
    const refused = await rig.run(args);
    expect([refused.status, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain(
      'would go to a folder that is watched, too. Choose another output folder: nothing was changed.',
    );
    expect(await listed(rig)).toEqual(before);
  });

  it('are not given over to practice unasked, with what waits in them named', async () => {
    const rig = await Rig.open();
    const running = await watching(rig, ['--storm-limit', '1']);
    await rig.addPhotos(3);
    await running.until('out', '"held":{"why":"storm","photos":3');
    await end(running);
    const before = await listed(rig);
    const args = ['watch', rig.photos, '--practice', '--data', rig.data, '--json'];
    const refused = await rig.run(args);
    expect(refused.status).toBe(2);
    expect(refused.err).toContain('photos is watched for a service that is paid, and 3 new photos wait in it.');
    expect(refused.err).toContain('Add --yes to agree to that, or name another folder. Nothing was changed.');
    expect(await listed(rig)).toEqual(before);
    const moved = rig.start([...args, '--yes']);
    await moved.until('err', 'From now on its new photos are enhanced in practice, not by Bria.');
    await end(moved);
    expect(await listed(rig)).toMatchObject([{ service: 'practice' }]);
  });

  it('of another service are told where none of this one is known', async () => {
    const rig = await Rig.open();
    const practice = rig.start(['watch', rig.photos, '--practice', '--data', rig.data, '--json']);
    await practice.until('out', '"state":"watching"');
    await end(practice);
    const { status, err } = await rig.run(['watch', ...rig.common]);
    expect([status, err]).toEqual([2, '1 folder is watched in practice: name it, or add --practice.\n']);
  });

  it('are listed with what is special about them, and forgotten by name, all or none', async () => {
    const rig = await Rig.open();
    expect((await rig.here('watch', '--list')).out).toBe('No folder is watched.\n');
    const running = await watching(rig, ['--exclude', 'x*', '--hours', '00:01-24:00']);
    await end(running);
    expect((await rig.here('watch', '--list')).out).toContain(`${rig.photos} -> ${join(rig.photos, 'Enhanced')}\n`);
    const again = rig.start(['watch', ...rig.common]);
    await again.until(
      'out',
      'Set for this folder: not x* (--exclude); sent from 00:01 to 00:00 (--hours); still for 0.5 s',
    );
    await end(again);
    const unknown = await rig.here('watch', '--forget', rig.photos, join(rig.dir, 'other'));
    expect(unknown.status).toBe(2);
    expect(unknown.err).toContain('is not watched; “watch --list” shows what is. Nothing was changed.');
    expect(await listed(rig)).toHaveLength(1);
    const forgotten = await rig.here('watch', '--forget', rig.photos);
    expect([forgotten.status, forgotten.out]).toEqual([
      0,
      `${rig.photos} is not watched any more. Photos that it queued stay queued: “resume” goes on with them.\n`,
    ]);
    expect(await listed(rig)).toEqual([]);
  });
});
