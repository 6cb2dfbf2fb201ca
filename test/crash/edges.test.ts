// SIGKILL at the edges of a run: as its batch is made, and with the practice service in the same process.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lineOf, Rig, smallPhoto, statesOf } from '../fakes/command-line.ts';
import { integrityOf } from './support.ts';

it('a kill as the batch is made leaves the whole of it or nothing', async () => {
  const rig = await Rig.open();
  const count = 800;
  const bytes = await smallPhoto('one of many');
  for (let n = 0; n < count; n += 1) writeFileSync(join(rig.photos, `${n}.jpg`), bytes);
  let batches = 0;
  for (const moment of [/photos · about/, /photos · about/, /"type":"batch"/]) {
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json']);
    await running.until(moment.source.includes('batch') ? 'out' : 'err', moment);
    running.kill('SIGKILL');
    await running.ended;
    const jobs = await rig.history();
    expect(jobs.length % count).toBe(0);
    expect(jobs.length).toBeGreaterThanOrEqual(batches * count);
    batches = jobs.length / count;
    expect(integrityOf(rig.data)).toBe('ok');
  }
  expect(batches).toBeGreaterThanOrEqual(1); // told, so there
});

it('a kill with the embedded practice service in the same process doubles nothing either', async () => {
  const rig = await Rig.open();
  await rig.addPhotos(5);
  const practice = ['--practice', '--data', rig.data, '--json'];
  const running = rig.start(['enhance', rig.photos, '--resolution', '1MP', '--concurrency', '2', ...practice]);
  await running.until('out', '"state":"succeeded"');
  running.kill('SIGKILL');
  await running.ended;
  const resumed = await rig.run(['resume', ...practice]);
  const { uncertain } = lineOf(resumed.json, 'summary');
  const jobs = await rig.history();
  expect(statesOf(jobs)).toEqual(uncertain === 0 ? { succeeded: 5 } : { succeeded: 5 - Number(uncertain), uncertain });
  expect(Number(uncertain)).toBeLessThanOrEqual(2);
  const requests = new Set(jobs.map(({ requestId }) => requestId).filter((id) => id !== null));
  expect(requests.size).toBe(5 - Number(uncertain));
});
