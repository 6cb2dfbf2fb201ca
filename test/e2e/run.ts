// npm run e2e: the end-to-end tests, where there is an Electron to run them in; else one line that says there is none.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasElectron } from './support/electron.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = join(root, 'out', 'e2e');

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
if (hasElectron()) {
  const playwright = createRequire(import.meta.url).resolve('@playwright/test/cli');
  const args = ['test', '--config', join(root, 'test', 'e2e', 'playwright.config.ts'), ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, [playwright, ...args], { stdio: 'inherit', cwd: root }).status ?? 1;
} else {
  console.log('The end-to-end tests are skipped: there is no Electron here.');
  const stats = { expected: 0, unexpected: 0, flaky: 0, skipped: 1 };
  writeFileSync(join(out, 'report.json'), JSON.stringify({ stats }));
}
