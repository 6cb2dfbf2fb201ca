import { availableParallelism } from 'node:os';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
const shared = { root, testTimeout: 30_000, hookTimeout: 30_000, restoreMocks: true };

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
        },
      },
    ],
  },
});
