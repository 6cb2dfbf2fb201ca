// A missing photo that was found somewhere else: its job goes on there, and nothing is paid twice for that.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlannedJob } from '../../app/domain/batch.ts';
import { failure } from '../../app/domain/failure.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { relocateJob, relocationOf } from '../../app/engine/relocate.ts';
import { planned, SERVICE, TestHistory } from '../history/support.ts';

let at: TestHistory;
beforeEach(() => (at = new TestHistory()));
afterEach(() => at[Symbol.dispose]());

const OTHERWISE = { parameters: { ...DEFAULT_PARAMETERS, seed: 7 } };
const place = {
  sourcePath: '/archive/one.jpg',
  sourceBytes: 1_001,
  sourceMtimeMs: 5_001,
  sourceHash: 'content',
  outDir: '/archive/Enhanced',
};
/** The photo at its new place, as another batch plans it. */
const there: PlannedJob = { ...planned(1), ...place };

function missing(id = at.job()): number {
  at.apply(id, { type: 'claim' });
  at.fail(id, failure('source_missing'));
  return id;
}

function enhanced(id: number): number {
  at.completed(id, `request-${id}`);
  at.apply(id, { type: 'save' }, { output: { path: `/out/${id}.jpg`, bytes: 9, sha256: 'f', width: 2, height: 1 } });
  return id;
}

function doubted(id: number): number {
  at.apply(id, { type: 'claim' });
  at.apply(id, { type: 'submit' });
  at.apply(id, { type: 'doubt', failure: failure('uncertain_submit') });
  return id;
}

/** As it was told before: what a question counts is what is done. */
function relocate(id: number) {
  const told = relocationOf(at.history, { id, ...place });
  const became = relocateJob(at.history, { id, ...place }, at.clock.now());
  expect(told).toBe(became);
  return became;
}

describe('a missing photo', () => {
  it('waits again where it was found, known by what it is there', () => {
    const id = missing();
    expect(relocate(id)).toBe('queued');
    const { sourcePath, sourceHash, outDir } = place;
    expect(at.history.jobs.get(id)).toMatchObject({
      state: 'queued',
      sourcePath,
      sourceHash,
      outDir,
      fingerprint: { bytes: 1_001, mtimeMs: 5_001 },
      failure: null,
      attempts: 0,
    });
    expect(at.history.jobs.claimable(SERVICE, { kind: 'all' }, { now: at.clock.now(), limit: 9 })).toEqual([id]);
  });

  it('is listed under its new folder and name', async () => {
    const id = missing();
    const byName = () => at.history.listing.ofBatch({ batchId: 1, states: [], order: 'name', descending: false });
    at.history.jobs.insert({ id: 1, service: SERVICE }, [planned(2)], 0, 1);
    expect(await byName()).toEqual([id, 2]);
    relocate(id);
    expect(await byName()).toEqual([2, id]);
    expect(at.history.listing.facets().folders.map(({ folder }) => folder)).toEqual(['/archive', '/photos']);
  });

  it('leaves a place that is never written to: it may be put back there', () => {
    const id = missing();
    relocate(id);
    expect(at.history.jobs.isSource('/photos/1.jpg')).toBe(true);
    expect(at.history.jobs.isSource(place.sourcePath)).toBe(true);
    expect(at.history.jobs.sourcesNamed('1.jpg')).toEqual(['/photos/1.jpg']);
  });

  it('is another one than what comes to its old place later', () => {
    relocate(missing());
    expect(at.history.jobs.latestOfSame(SERVICE, DEFAULT_PARAMETERS, planned(1))).toBeNull();
    expect(at.history.jobs.latestOfSame(SERVICE, DEFAULT_PARAMETERS, there)?.id).toBe(1);
  });

  it('is not taken up twice, and not when its job ended for another reason or waits', () => {
    const id = missing();
    relocate(id);
    expect(relocate(id)).toBe('not-missing');
    const changed = at.job();
    at.apply(changed, { type: 'claim' });
    at.fail(changed, failure('source_changed'));
    expect(relocate(changed)).toBe('not-missing');
    expect(relocate(99)).toBe('not-missing');
    expect(at.history.jobs.get(changed)?.sourcePath).toBe('/photos/1.jpg');
  });
});

describe('a missing photo is left as it is', () => {
  it.each([
    ['was enhanced at its new place since', () => enhanced(at.job({ jobs: [there] }))],
    ['was enhanced there with other parameters', () => enhanced(at.job({ ...OTHERWISE, jobs: [there] }))],
    ['waits there in another batch', () => at.job({ jobs: [there] })],
    ['may have been charged there', () => doubted(at.job({ jobs: [there] }))],
    ['was enhanced under another name', () => enhanced(at.job({ jobs: [{ ...there, sourcePath: '/copy.jpg' }] }))],
    ['waits under another name', () => at.job({ jobs: [{ ...there, sourcePath: '/copy.jpg' }] })],
  ])('when it %s', (_, happen) => {
    const id = missing();
    happen();
    const before = at.history.jobs.get(id);
    expect(relocate(id)).toBe('spoken-for');
    expect(at.history.jobs.get(id)).toEqual(before);
  });

  it.each([
    ['another batch wanted it with other parameters', () => at.job({ ...OTHERWISE, jobs: [there] })],
    [
      'another file was enhanced there',
      () => enhanced(at.job({ jobs: [{ ...there, sourceBytes: 9, sourceHash: 'x' }] })),
    ],
    ['another job of it failed, too, for nothing', () => missing(at.job({ jobs: [there] }))],
  ])('but not when %s', (_, happen) => {
    const id = missing();
    happen();
    expect(relocate(id)).toBe('queued');
  });

  it('but not when it had been enhanced before it was asked for again', () => {
    enhanced(at.job({ jobs: [{ ...there, sourcePath: '/earlier.jpg' }] }));
    at.clock.jump(1);
    expect(relocate(missing())).toBe('queued');
  });

  it('but not for a copy of it in its own batch: both were agreed on', () => {
    const { ids } = at.batch(2, { jobs: [planned(1), { ...there, sourcePath: '/copy.jpg' }] });
    const [first = 0, copy = 0] = ids;
    missing(first);
    enhanced(copy);
    expect(relocate(first)).toBe('queued');
  });

  it('and of two jobs of it one goes on', () => {
    const [first, second] = [missing(), missing()];
    expect([relocate(first), relocate(second)]).toEqual(['queued', 'spoken-for']);
    enhanced(first);
    expect(relocate(second)).toBe('spoken-for');
  });
});
