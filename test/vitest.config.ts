import { availableParallelism } from 'node:os';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
/** Tests wait on events: these limits are for what never comes, and far from what a busy machine needs. */
const shared = {
  root,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
  restoreMocks: true,
};

export default defineConfig({
  test: {
    // One more than there are processors, not one less: most tests wait for processes of their own, or for the disk.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          ...shared,
          name: 'core',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/renderer/**'],
          pool: 'forks',
        },
      },
      {
        root,
        plugins: [svelte({ configFile: 'renderer/svelte.config.js' }), svelteTesting()],
        test: {
          ...shared,
          name: 'renderer',
          include: ['test/renderer/**/*.test.ts'],
          environment: 'jsdom',
          setupFiles: ['test/renderer/setup.ts'],
          pool: 'forks',
          isolate: false, // modules keep no state, and loading them anew took half of the time
        },
      },
    ],
  },
});
