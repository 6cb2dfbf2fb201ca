// What `watch` says of files that are no photos.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Rig } from '../fakes/command-line.ts';

it('“watch” says of each file that is no photo that it is left out, once, and counts RAW files', async () => {
  const rig = await Rig.open();
  writeFileSync(join(rig.photos, 'DSC_1.nef'), 'raw');
  const running = rig.start(['watch', rig.photos, ...rig.common, '--settle', '0.5']);
  await running.until('out', /^“photos”: 1 RAW file is left out\. Export it as JPEG, PNG, WebP or TIFF first\.$/m);
  writeFileSync(join(rig.photos, 'text.jpg'), 'these are words, and no picture at all');
  await running.until('out', /^text\.jpg is left out\. .+$/m);
  await rig.addPhoto('a.jpg');
  await running.until('out', 'a.jpg -> photos/Enhanced/a_enhanced.jpg');
  running.kill('SIGINT');
  const { out } = await running.ended;
  expect(out.match(/left out/g)).toHaveLength(2);

  const again = rig.start(['watch', ...rig.common]);
  await again.until('out', '“photos”: 1 file that is no photo is left out.');
  again.kill('SIGINT');
  expect((await again.ended).out).not.toContain('text.jpg');
  expect(rig.accepted()).toEqual([1]);
});
