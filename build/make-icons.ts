// `npm run icons`: writes every icon anew from the drawings. What it writes is committed; a test compares it with the drawings.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderIcons } from './icons.ts';

const home = import.meta.dirname;
const files = await renderIcons();
for (const folder of ['icons', 'tray']) rmSync(join(home, folder), { recursive: true, force: true });
for (const [path, content] of files) {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), content);
}
console.log(`${files.size} icons written to build/`);
