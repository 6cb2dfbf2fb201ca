// When a watch folder is worth a notification, by what its rows say.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Occasion } from '../../app/backend/occasions.ts';
import { WatchOccasions } from '../../app/backend/watch-occasions.ts';
import type { HeldPhotos, WatchRow } from '../../app/contract/watch.ts';
import { failure } from '../../app/domain/failure.ts';
import { unreturning } from '../../app/lib/clock.ts';
import { ManualClock } from '../fakes/clock.ts';
import { watchRow } from '../fakes/values.ts';

const AWAY = failure('watch_unavailable', { detail: 'ENOENT' });

const held = (why: HeldPhotos['why'], photos: number): Partial<WatchRow> => ({
  held: { why, photos, credits: photos * 0.04, agreement: photos },
});

function occasions() {
  const clock = new ManualClock();
  const told: Occasion[] = [];
  const made = new WatchOccasions({ clock: unreturning(clock), tell: (occasion) => told.push(occasion) });
  onTestFinished(() => made[Symbol.dispose]());
  return { clock, told, look: (...changes: Partial<WatchRow>[]) => made.look(changes.map(watchRow)), made };
}

describe('a storm that waits', () => {
  it('is told once, with the number at which it stopped growing', () => {
    const { clock, told, look } = occasions();
    look(held('storm', 201));
    clock.advance(1_500);
    look(held('storm', 342));
    clock.advance(1_999);
    look(held('storm', 342)); // another part of the row changed
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual([{ kind: 'watch-storm', folder: 'Tethered', photos: 342, credits: 13.68 }]);
    look(held('storm', 900));
    clock.advance(60_000);
    expect(told).toHaveLength(1);
  });

  it('that does not stop growing is told after ten seconds', () => {
    const { clock, told, look } = occasions();
    for (let second = 0; second < 10; second += 1) {
      look(held('storm', 300 + second));
      clock.advance(1_000);
    }
    expect(told).toEqual([{ kind: 'watch-storm', folder: 'Tethered', photos: 309, credits: 12.36 }]);
  });

  it('is not told when it was sent meanwhile, and a later one is one of its own', () => {
    const { clock, told, look } = occasions();
    look(held('storm', 201));
    look({});
    clock.advance(60_000);
    expect(told).toEqual([]);
    look(held('storm', 250));
    clock.advance(2_000);
    look({});
    look(held('storm', 260));
    clock.advance(2_000);
    expect(told).toMatchObject([{ photos: 250 }, { photos: 260 }]);
  });

  it('of a folder that is not watched any more is forgotten', () => {
    const { clock, told, look } = occasions();
    look(held('storm', 201), { id: 2, name: 'Card' });
    look({ id: 2, name: 'Card' });
    expect(clock.pending).toBe(0);
    clock.advance(60_000);
    expect(told).toEqual([]);
  });

  it.each(['elsewhere', 'unavailable'] as const)(
    'of a folder that is %s asks for no click before it can be made',
    (state) => {
      const { clock, told, look } = occasions();
      const storms = () => told.filter(({ kind }) => kind === 'watch-storm');
      look({ state, ...held('storm', 201) });
      clock.advance(60_000);
      look(held('storm', 201));
      clock.advance(1_000);
      look({ state, ...held('storm', 201) });
      clock.advance(60_000);
      expect(storms()).toEqual([]);
      look(held('storm', 201));
      clock.advance(2_000);
      expect(storms()).toMatchObject([{ photos: 201 }]);
      look({ state, ...held('storm', 201) });
      clock.advance(60_000);
      look(held('storm', 201));
      clock.advance(60_000);
      expect(storms()).toHaveLength(1);
    },
  );
});

describe('a start without a service', () => {
  const missing = failure('no_service');
  const rests = { state: 'elsewhere' } as const;

  it('is told with the folders that rest, and not with those that were paused', () => {
    const { told, made } = occasions();
    const rows = [watchRow(rests), watchRow({ ...rests, id: 2, name: 'Card' })];
    made.look([...rows, watchRow({ ...rests, id: 3, name: 'Off', paused: true })], missing);
    made.look(rows, missing);
    expect(told).toEqual([
      { kind: 'watch-no-service', folders: ['Tethered', 'Card'], practice: false, failure: missing },
    ]);
  });

  it('is told as practice where all that rest are set up for that', () => {
    const [all, some] = [occasions(), occasions()];
    all.made.look([watchRow({ ...rests, practice: true })], missing);
    some.made.look([watchRow({ ...rests, practice: true }), watchRow({ ...rests, id: 2 })], missing);
    expect([...all.told, ...some.told]).toMatchObject([{ practice: true }, { practice: false }]);
  });

  it('is not told where nothing rests, nor when the user does without a service later', () => {
    const [none, later] = [occasions(), occasions()];
    none.made.look([watchRow({ ...rests, paused: true })], missing);
    later.made.look([watchRow({ ...rests, practice: true })], null); // practice, while Segmind is in use
    later.made.look([watchRow(rests)], missing);
    expect([none.told, later.told]).toEqual([[], []]);
  });
});

describe('a folder that goes away', () => {
  it('is told once, its return is not', () => {
    const { told, look, clock } = occasions();
    look({});
    look({ state: 'unavailable', trouble: AWAY });
    look({ state: 'unavailable', trouble: AWAY });
    clock.advance(60_000);
    look({ state: 'starting' });
    look({});
    expect(told).toEqual([{ kind: 'watch-unavailable', folder: 'Tethered', failure: AWAY }]);
  });

  it('is no news when it was not there at the start', () => {
    const { told, look } = occasions();
    look({ state: 'starting' });
    look({ state: 'unavailable', trouble: AWAY });
    expect(told).toEqual([]);
  });

  it('again and again is told once an hour', () => {
    const { told, look, clock } = occasions();
    for (let n = 0; n < 61; n += 1) {
      look({});
      look({ state: 'unavailable', trouble: AWAY });
      clock.advance(60_000);
    }
    expect(told).toHaveLength(2);
  });
});

describe('a cap that is reached', () => {
  it('is told once a day and folder', () => {
    const { told, look, clock } = occasions();
    look(held('photos-a-day', 3), { id: 2, name: 'Card', ...held('credits-a-day', 7) });
    look(held('photos-a-day', 9), { id: 2, name: 'Card' });
    look({}, { id: 2, name: 'Card', ...held('photos-a-day', 8) });
    look(held('photos-a-day', 9));
    expect(told).toEqual([
      { kind: 'watch-cap', folder: 'Tethered', why: 'photos-a-day', photos: 3 },
      { kind: 'watch-cap', folder: 'Card', why: 'credits-a-day', photos: 7 },
    ]);
    clock.advance(86_400_000);
    look(held('photos-a-day', 9));
    expect(told).toHaveLength(3);
  });

  it('is told by the days of the clock on the wall, also after that was put right', () => {
    const { told, look, clock } = occasions();
    const day = 86_400_000;
    clock.turn(5 * day);
    look(held('photos-a-day', 3));
    clock.turn(-5 * day);
    look(held('photos-a-day', 3));
    expect(told).toHaveLength(2);
    clock.advance(day);
    look(held('photos-a-day', 3));
    expect(told).toHaveLength(3);
  });

  it('is no news of a folder of another service', () => {
    const { told, look } = occasions();
    look({ state: 'elsewhere', ...held('credits-a-day', 3) });
    expect(told).toEqual([]);
    look(held('credits-a-day', 3));
    expect(told).toHaveLength(1);
  });

  it('is told apart from what waits for other reasons', () => {
    const { told, look, clock } = occasions();
    look(held('paused', 3));
    look(held('hours', 3));
    clock.advance(60_000);
    expect(told).toEqual([]);
  });
});
