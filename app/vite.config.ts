// Bundles the command line and the media process for Node, as `out/cli/`; packages stay outside the bundle.
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  build: {
    ssr: true,
    target: 'node24',
    outDir: '../out/cli',
    emptyOutDir: true,
    rolldownOptions: {
      input: { cli: 'cli.ts', worker: 'media/worker.ts' },
      output: { entryFileNames: '[name].js', chunkFileNames: 'shared-[hash].js' },
    },
  },
});
