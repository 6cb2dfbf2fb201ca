// The app itself, in real Electron: one window at a time, because the tests watch focus and the clipboard.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  outputDir: '../../out/e2e/traces',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  // For what never comes; a busy machine needs far less.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  globalSetup: './support/display.ts',
  reporter: [['list'], ['json', { outputFile: '../../out/e2e/report.json' }]],
});
