// SIGKILL at every moment in the life of a photo: what the history says then, and that `resume` makes it whole.
import { describe, expect, it } from 'vitest';
import type { JobState } from '../../app/domain/job.ts';
import type { GatePoint } from '../fakes/gate.ts';
import { lineOf, statesOf } from '../fakes/command-line.ts';
import { Crashes, IN_AIR, integrityOf } from './support.ts';

const PHOTOS = 8;

interface Moment {
  readonly when: string;
  readonly at: readonly [GatePoint['route'], GatePoint['moment'], number];
  /** A state that some photo is left in for certain. */
  readonly leaves: JobState | null;
}

describe('a run killed', () => {
  it.each<Moment>([
    { when: 'as a photo is uploaded', at: ['upload', 'asked', 2], leaves: 'preparing' },
    { when: 'when a photo is uploaded and that is not known yet', at: ['upload', 'answered', 3], leaves: 'preparing' },
    { when: 'before the service hears of a submit', at: ['submit', 'asked', 3], leaves: 'submitting' },
    { when: 'when a submit is accepted and unanswered', at: ['submit', 'answered', 3], leaves: 'submitting' },
    { when: 'in the middle of the answer to a submit', at: ['submit', 'half', 3], leaves: 'submitting' },
    { when: 'when the answer to a submit is on its way', at: ['submit', 'passed', 3], leaves: null },
    { when: 'at the first poll', at: ['result', 'asked', 1], leaves: 'processing' },
    { when: 'when a poll is answered', at: ['result', 'answered', 6], leaves: 'processing' },
    { when: 'before a result is sent', at: ['file', 'asked', 2], leaves: 'saving' },
    { when: 'in the middle of a download', at: ['file', 'half', 2], leaves: 'saving' },
    { when: 'when a download has come and is not saved yet', at: ['file', 'passed', 3], leaves: null },
  ])('$when', async ({ at: [route, moment, count], leaves }) => {
    const crashes = await Crashes.open(PHOTOS);
    const isMoment = (point: GatePoint) => point.route === route && point.moment === moment && point.count === count;
    expect(await crashes.killAt(crashes.enhance, isMoment)).toBe(true);
    expect(integrityOf(crashes.rig.data)).toBe('ok');
    const left = statesOf(await crashes.rig.history());
    if (leaves !== null) expect(Object.keys(left)).toContain(leaves);
    expect(left['submitting'] ?? 0).toBeLessThanOrEqual(IN_AIR);
    const jobs = await crashes.finish();
    const { uncertain = 0 } = statesOf(jobs);
    expect(uncertain).toBe(left['submitting'] ?? 0); // exactly those, and no other
  });

  it('leaves photos in doubt that `retry --uncertain` finishes, and only then is one submitted again', async () => {
    const crashes = await Crashes.open(4);
    const { rig } = crashes;
    await crashes.killAt(crashes.enhance, ({ route, moment }) => route === 'submit' && moment === 'answered');
    const { uncertain = 0 } = statesOf(await crashes.finish());
    expect(uncertain).toBeGreaterThan(0);
    expect((await rig.run(['retry', ...rig.common, '--json'])).err).toContain('not sent again without --uncertain');
    expect(Math.max(...rig.accepted())).toBe(1);
    const retried = await rig.run(['retry', '--uncertain', ...rig.common, '--json']);
    expect([retried.status, lineOf(retried.json, 'summary')['succeeded']]).toEqual([0, uncertain]);
    expect(statesOf(await rig.history())).toEqual({ succeeded: 4 });
    expect(rig.service.stats().accepted).toBeLessThanOrEqual(4 + uncertain);
  });

  it('while it goes on after an earlier crash, again and again', async () => {
    const crashes = await Crashes.open(PHOTOS);
    const at = (wanted: Partial<GatePoint>) => (point: GatePoint) =>
      Object.entries(wanted).every(([name, value]) => point[name as keyof GatePoint] === value);
    await crashes.killAt(crashes.enhance, at({ route: 'file', moment: 'half' }));
    await crashes.killAt(crashes.resume, at({ route: 'file', moment: 'half' }));
    await crashes.killAt(crashes.resume, at({ route: 'submit', moment: 'answered' }));
    await crashes.killAt(crashes.resume, at({ route: 'result', moment: 'answered' }));
    await crashes.finish();
  });
});
