// What the history keeps of watch folders: files by place and content, days, batches; and what stays when things go.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { usualWatchSettings } from '../../app/domain/watch.ts';
import { failure } from '../../app/domain/failure.ts';
import { newBatch, planned, SERVICE, TestHistory } from './support.ts';

const OUTPUT = { onExists: 'skip', template: '{name}_enhanced.{ext}', maxUploadMegapixels: 25 } as const;
const SETTINGS = usualWatchSettings({ parameters: DEFAULT_PARAMETERS, output: OUTPUT, recursive: true });
const DAY = '2026-11-22';

let at: TestHistory;
let id: number;
beforeEach(() => {
  at = new TestHistory();
  id = at.history.watches.add({ path: '/photos', service: SERVICE, settings: SETTINGS, out: null }, 1);
});
afterEach(() => at[Symbol.dispose]());

const watches = () => at.history.watches;
const place = (name: string) => ({ key: name, path: name, bytes: 1, mtimeMs: 2 });

/** A batch of the folder's day with so many jobs. */
function dayBatch(count: number, day = DAY) {
  const made = at.batch(count, { priority: 1 });
  watches().noteBatch(made.batch.id, { watchId: id, folder: 'photos', service: SERVICE, day });
  watches().addPhotos(made.batch.id, count);
  return made;
}

describe('a watch folder', () => {
  it('is kept with its settings, the parameters in one order', () => {
    const { outputModeration, ...rest } = DEFAULT_PARAMETERS;
    watches().setSettings(id, { ...SETTINGS, parameters: { outputModeration, ...rest }, stormLimit: 9 }, []);
    const [watch] = watches().list();
    expect(watch).toEqual({
      id,
      path: '/photos',
      service: SERVICE,
      settings: { ...SETTINGS, stormLimit: 9 },
      out: null,
      paused: false,
      createdAt: 1,
      baselined: false,
      narrowed: [],
      identity: null,
      stormAt: null,
    });
    expect(JSON.stringify(watch?.settings.parameters)).toBe(JSON.stringify(DEFAULT_PARAMETERS));
    watches().setPaused(id, true);
    watches().setIdentity(id, '1:2');
    watches().setStorm(id, 5);
    watches().setOut(id, '/out', [{ kind: 'output', folder: '/photos/Enhanced' }]);
    expect(watches().get(id)).toMatchObject({
      paused: true,
      identity: '1:2',
      stormAt: 5,
      out: '/out',
      narrowed: [{ kind: 'output' }],
    });
    watches().setBaselined(id, 7);
    expect(watches().get(id)).toMatchObject({ baselined: true, narrowed: [] });
  });

  it('takes its files along when it is removed, and its number is never given again', () => {
    watches().put(id, { ...place('a'), state: 'there' }, 1);
    watches().remove(id);
    expect(watches().list()).toEqual([]);
    expect(watches().files(id, { after: 0, limit: 9 })).toEqual([]);
    expect(watches().add({ path: '/photos', service: SERVICE, settings: SETTINGS, out: null }, 1)).toBeGreaterThan(id);
  });

  it('begins anew at another service', () => {
    watches().put(id, { ...place('a'), state: 'taken' }, 1);
    watches().setBaselined(id, 1);
    watches().move(id, 'practice');
    expect(watches().get(id)).toMatchObject({ service: 'practice', baselined: false });
    expect(watches().hasFiles(id)).toBe(false);
  });
});

describe('a file', () => {
  it('has one row by its key, and a new number whenever it is recorded anew', () => {
    const first = watches().put(id, { ...place('a'), state: 'there' }, 1);
    const other = watches().put(id, { ...place('b'), state: 'held', sha256: 'h' }, 2);
    const second = watches().put(id, { ...place('a'), state: 'held', sha256: 'i' }, 3);
    expect([first < other, other < second]).toEqual([true, true]);
    expect(
      watches()
        .files(id, { after: 0, limit: 9 })
        .map((file) => [file.path, file.state]),
    ).toEqual([
      ['b', 'held'],
      ['a', 'held'],
    ]);
    expect(watches().release(id, 'held', other)).toEqual([{ key: 'b', path: 'b' }]);
    expect(watches().count(id, 'held', true)).toEqual({ files: 1, lastId: other });
    expect(watches().count(id, 'held', false)).toEqual({ files: 1, lastId: second });
    expect([...watches().inState(id, 'held', true)]).toMatchObject([{ id: other, released: true }]);
  });

  it('in a state is given out once, oldest first, also when those before it are dropped or recorded anew', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) watches().put(id, { ...place(name), state: 'held', sha256: name }, 1);
    const seen: string[] = [];
    for (const { id: row, path } of watches().inState(id, 'held', false, 2)) {
      seen.push(path);
      if (path < 'c') watches().drop(row);
      else watches().put(id, { ...place(path), state: 'there' }, 2);
    }
    expect(seen).toEqual(names);
    expect([...watches().inState(id, 'held', false, 2)]).toEqual([]);
  });

  it('that came by itself counts for the storm guard, sent or not, and one that was let go does not', () => {
    const [a = 0, b = 0] = ['a', 'b', 'c'].map((name) =>
      watches().put(id, { ...place(name), state: 'held', sha256: name }, 10),
    );
    watches().settle(a, { state: 'taken', jobId: 1, parameters: DEFAULT_PARAMETERS }, 11);
    watches().release(id, 'held', b);
    expect(watches().arrivedSince(id, 9, 10)).toBe(2);
    expect(watches().arrivedSince(id, 10, 11)).toBe(0);
    expect(watches().arrivedSince(id, 8, 9)).toBe(0); // the clock was ahead when they came
  });

  it('is known by its content after its job was removed, at its service and with its parameters alone', () => {
    const jobId = at.job();
    at.completed(jobId, 'r');
    at.apply(jobId, { type: 'save' }, { output: { path: '/o', bytes: 1, sha256: 'result', width: 1, height: 1 } });
    const row = watches().put(id, { ...place('a'), state: 'held', sha256: 'photo' }, 1);
    watches().settle(row, { state: 'taken', jobId, parameters: DEFAULT_PARAMETERS }, 1);
    expect(watches().removedJobOf(SERVICE, DEFAULT_PARAMETERS, 'photo')).toBeNull();
    expect(at.history.jobs.isOutputContent('result')).toBe(true);
    at.history.housekeeping.remove([jobId]);
    expect(watches().removedJobOf(SERVICE, DEFAULT_PARAMETERS, 'photo')).toBe(jobId);
    expect(watches().removedJobOf('practice', DEFAULT_PARAMETERS, 'photo')).toBeNull();
    expect(watches().removedJobOf(SERVICE, { ...DEFAULT_PARAMETERS, seed: 1 }, 'photo')).toBeNull();
    expect(at.history.jobs.isOutputContent('result')).toBe(true);
    expect(at.history.jobs.isOutputContent('photo')).toBe(false);
  });

  it('is known after its job was removed unless that ended for nothing, whoever queued it', () => {
    const ids = ['failed', 'charged', 'canceled', 'unread', 'skipped'].map((name) => {
      const job = at.job();
      if (name !== 'unread') at.history.jobs.setSourceHash(job, name);
      return job;
    });
    const [failed = 0, charged = 0, canceled = 0, unread = 0, skipped = 0] = ids;
    at.apply(failed, { type: 'claim' });
    at.fail(failed, failure('photo_damaged'));
    for (const job of [charged, unread]) {
      at.accepted(job, `r${job}`);
      at.fail(job, failure('timeout'), true);
    }
    at.apply(canceled, { type: 'cancel' });
    at.apply(skipped, { type: 'claim' });
    at.apply(skipped, { type: 'skip', failure: failure('already_enhanced') });
    const row = watches().put(id, { ...place('a'), state: 'held', sha256: 'unread' }, 1);
    watches().settle(row, { state: 'taken', jobId: unread, parameters: DEFAULT_PARAMETERS }, 1);
    expect(at.history.housekeeping.remove(ids).removed).toEqual(ids);
    watches().remove(id);
    const known = (sha256: string) => watches().removedJobOf(SERVICE, DEFAULT_PARAMETERS, sha256);
    expect(['failed', 'charged', 'canceled', 'unread', 'skipped'].map(known)).toEqual([
      null,
      charged,
      null,
      unread,
      skipped,
    ]);
  });

  it('that was there before is known by its content after another took its name, unless it was asked for', () => {
    const asked = watches().put(id, { ...place('asked'), state: 'there', edges: 'asked' }, 1);
    watches().release(id, 'there', asked);
    watches().put(id, { ...place('read'), state: 'there', edges: 'e', sha256: 'h' }, 1);
    watches().put(id, { ...place('not read'), bytes: 7, state: 'there' }, 1);
    const known = { edges: 'e', sha256: 'h', bytes: 0, mtimeMs: 0 };
    expect(watches().wasThere(id, known)).toBe(false);
    for (const key of ['asked', 'read', 'not read']) watches().put(id, { ...place(key), state: 'refused' }, 2);
    expect(watches().hasThere(id)).toBe(true);
    expect(watches().wasThere(id, known)).toBe(true);
    expect(watches().wasThere(id, { ...known, sha256: 'another' })).toBe(false);
    expect(watches().wasThere(id, { ...known, edges: 'asked' })).toBe(false);
    expect(watches().wasThere(id, { edges: 'any', sha256: 'any', bytes: 7, mtimeMs: 2 })).toBe(true);
    expect(watches().wasThere(id, { edges: 'any', sha256: 'any', bytes: 7, mtimeMs: 3 })).toBe(false);
    watches().move(id, 'practice');
    expect([watches().hasThere(id), watches().wasThere(id, known)]).toEqual([false, false]);
  });

  it('that was sent or known is found by its content, also after another took its name, and is given other names', () => {
    const jobId = at.job();
    const known = (name: string) => ({ ...place(name), state: 'same', sha256: name, jobId }) as const;
    const keysOf = (sha256: string) =>
      watches()
        .byContent(id, sha256)
        .map(({ key, path, aside }) => [key, path, aside]);
    const first = watches().put(id, known('a'), 1);
    const second = watches().put(id, known('b'), 1);
    watches().put(id, { ...place('there'), state: 'there', sha256: 'a' }, 1);
    expect(keysOf('a')).toEqual([['a', 'a', false]]);
    watches().put(id, { ...known('a'), sha256: 'another' }, 2);
    expect(keysOf('a')).toEqual([['/a/a', 'a', true]]);
    watches().put(id, { ...known('a'), sha256: 'another' }, 3); // one photo is not set aside for itself
    expect(watches().byContent(id, 'another')).toHaveLength(1);
    watches().rename({ id: first, watchId: id }, { ...place('b'), sha256: 'a' });
    expect(keysOf('a')).toEqual([['b', 'b', false]]);
    expect(keysOf('b')).toEqual([['/b/b', 'b', true]]);
    watches().rename({ id: second, watchId: id }, { ...place('there'), sha256: 'b' });
    expect(watches().byId(second)).toMatchObject({ key: 'there', jobId, aside: false });
    expect(watches().byId(first)).toMatchObject({ key: 'b', jobId });
    const other = watches().add({ path: '/other', service: SERVICE, settings: SETTINGS, out: null }, 1);
    expect(watches().byContent(other, 'a')).toEqual([]);
  });

  it('whose job missed it can be taken up again', () => {
    const jobId = at.job();
    at.apply(jobId, { type: 'claim' });
    at.fail(jobId, failure('source_missing'));
    const taken = watches().put(id, { ...place('a'), state: 'held', sha256: 'h' }, 1);
    watches().settle(taken, { state: 'taken', jobId, parameters: DEFAULT_PARAMETERS }, 1);
    const same = watches().put(
      id,
      { ...place('b'), state: 'same', sha256: 'h', jobId, parameters: DEFAULT_PARAMETERS },
      1,
    );
    expect(
      watches()
        .sourceLost(id, 'taken')
        .map((file) => file.id),
    ).toEqual([taken]);
    expect(
      watches()
        .sourceLost(id, 'same')
        .map((file) => file.id),
    ).toEqual([same]);
    watches().revive(same);
    expect(watches().byId(same)).toMatchObject({ state: 'there', released: true, sha256: null, jobId: null });
    watches().revive(taken);
    expect(watches().byId(taken)?.state).toBe('taken');
  });

  it('of a restored history waits for the user, whatever it was about to do', () => {
    watches().setBaselined(id, 1);
    watches().setStorm(id, 1);
    const held = watches().put(id, { ...place('a'), state: 'held', released: true, sha256: 'h' }, 1);
    const asked = watches().put(id, { ...place('b'), state: 'there', released: true }, 1);
    const taken = watches().put(id, { ...place('c'), state: 'held', released: true, sha256: 'c' }, 1);
    watches().settle(taken, { state: 'taken', jobId: at.job(), parameters: DEFAULT_PARAMETERS }, 1);
    watches().distrust();
    for (const one of [held, asked]) {
      expect(watches().byId(one)).toMatchObject({ state: 'there', released: false, sha256: null });
    }
    expect(watches().byId(taken)).toMatchObject({ state: 'taken', sha256: 'c' });
    expect(watches().get(id)).toMatchObject({ baselined: false, stormAt: null });
  });
});

describe('the day of a folder', () => {
  it('adds up its batches at its service, and keeps its count when jobs go', () => {
    const { batch, ids } = dayBatch(3);
    dayBatch(1, '2026-11-21');
    const [first = 0, second = 0] = ids;
    at.completed(first, 'r');
    at.apply(
      first,
      { type: 'save' },
      { output: { path: '/o', bytes: 1, sha256: 's', width: 1, height: 1 }, metrics: { credits: 0.5 } },
    );
    at.apply(second, { type: 'claim' });
    at.fail(second, failure('rejected'));
    const expected = { photos: 3, enhanced: 1, failed: 1, unfinished: 1, unpriced: 0, credits: 0.5, batchId: batch.id };
    expect(watches().day(id, SERVICE, DAY)).toEqual(expected);
    expect(watches().day(id, 'practice', DAY)).toEqual({
      ...expected,
      photos: 0,
      enhanced: 0,
      failed: 0,
      unfinished: 0,
      credits: 0,
      batchId: null,
    });
    const [, , third = 0] = ids;
    at.apply(third, { type: 'claim' });
    at.apply(third, { type: 'submit' });
    expect(watches().day(id, SERVICE, DAY)).toMatchObject({ unfinished: 1, unpriced: 0 });
    at.apply(third, { type: 'doubt', failure: failure('uncertain_submit') });
    expect(watches().day(id, SERVICE, DAY)).toMatchObject({ unfinished: 0, unpriced: 1 });
    at.history.housekeeping.remove([first, second]);
    expect(watches().day(id, SERVICE, DAY)).toMatchObject({ photos: 3, enhanced: 0, failed: 0, credits: 0.5 });
  });

  it('has batches that are booked on a later day, if they were made since it began', () => {
    expect(watches().lastBatch()).toBe(0);
    const { batch: before } = dayBatch(1, '2026-11-24');
    dayBatch(2);
    const { batch: after } = dayBatch(4, '2027-11-22');
    dayBatch(8, '2026-11-21');
    const photos = (since?: number) => watches().day(id, SERVICE, DAY, since).photos;
    expect([photos(), photos(0), photos(before.id), photos(after.id)]).toEqual([2, 7, 6, 2]);
    expect(watches().lastBatch()).toBe(after.id + 1);
  });

  it('has a batch for each kind of settings', () => {
    const { batch } = dayBatch(1);
    const like = { service: SERVICE, parameters: DEFAULT_PARAMETERS, output: newBatch(0).output };
    expect(watches().findBatch(id, DAY, like)).toBe(batch.id);
    expect(watches().findBatch(id, '2026-11-21', like)).toBeNull();
    expect(watches().findBatch(id, DAY, { ...like, parameters: { ...DEFAULT_PARAMETERS, seed: 2 } })).toBeNull();
    expect(watches().findBatch(id, DAY, { ...like, output: OUTPUT })).toBeNull();
    expect(watches().batchesOn(id, DAY)).toBe(1);
    expect(watches().ofBatch(batch.id)).toEqual({ watchId: id, name: 'photos' });
    expect(watches().ofBatch(99)).toBeNull();
  });

  it('names its last photos, newest first', () => {
    const { batch, ids } = dayBatch(3);
    ids.forEach((jobId, index) => {
      const row = watches().put(id, { ...place(`${index}`), state: 'held', sha256: `${index}` }, 1);
      watches().settle(row, { state: 'taken', jobId, parameters: DEFAULT_PARAMETERS }, 100 + index);
    });
    expect(watches().lastTaken(id, 2)).toMatchObject([{ jobId: ids[2], batchId: batch.id }, { jobId: ids[1] }]);
    expect(watches().lastAt(id)).toBe(102);
  });
});

describe('a content', () => {
  it('is looked up by itself with service and parameters, and a source is read only once', () => {
    const { jobs } = at.history;
    const [jobId = 0] = at.batch(1, { jobs: [{ ...planned(1), sourceHash: 'h' }] }).ids;
    const [other = 0] = at.batch(1, { jobs: [planned(2)] }).ids;
    expect(jobs.byContent(SERVICE, DEFAULT_PARAMETERS, 'h').map((job) => job.id)).toEqual([jobId]);
    expect(jobs.byContent('practice', DEFAULT_PARAMETERS, 'h')).toEqual([]);
    expect(jobs.byContent(SERVICE, { ...DEFAULT_PARAMETERS, steps: 11 }, 'h')).toEqual([]);
    expect(jobs.unread(SERVICE, DEFAULT_PARAMETERS, 1_002)).toEqual([other]);
    jobs.setSourceHash(other, 'i');
    jobs.setSourceHash(other, 'j');
    expect(jobs.get(other)?.sourceHash).toBe('i');
    expect(jobs.unread(SERVICE, DEFAULT_PARAMETERS, 1_002)).toEqual([]);
    expect(jobs.byTarget('/photos/enhanced', '2').map((job) => job.id)).toEqual([other]);
  });

  it('is forgotten when its job is to take it as it is then, unless a picture of it is still to be fetched', () => {
    const { jobs } = at.history;
    const [failed = 0, owed = 0] = at.batch(2).ids;
    for (const id of [failed, owed]) {
      jobs.setSourceHash(id, 'h');
      if (id === owed) at.completed(id, 'r');
      else at.apply(id, { type: 'claim' });
      at.apply(id, { type: 'fail', failure: failure('rejected') });
      at.apply(id, { type: 'requeue' });
    }
    expect(jobs.get(failed)?.sourceHash).toBeNull();
    expect(jobs.get(owed)?.sourceHash).toBe('h');
    expect(jobs.unread(SERVICE, DEFAULT_PARAMETERS, null)).toEqual([failed]);
  });

  it('waits no longer when it is recalled', () => {
    const jobId = at.job();
    at.apply(jobId, { type: 'claim' });
    at.apply(jobId, { type: 'release', notBefore: 99, failure: failure('watch_unavailable') });
    at.history.jobs.recall('practice', 'watch_unavailable');
    expect(at.history.jobs.get(jobId)?.notBefore).toBe(99);
    at.history.jobs.recall(SERVICE, 'watch_unavailable');
    expect(at.history.jobs.get(jobId)?.notBefore).toBe(0);
  });
});
