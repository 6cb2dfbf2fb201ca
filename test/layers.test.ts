// The import direction of the design, over every source there is; and that the check would find a breach.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { violations } from './layers.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const sources = ['app', 'main', 'renderer']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      `${folder}/${name}`.replaceAll('\\', '/'),
    ),
  )
  .filter((path) => /\.(?:ts|svelte)$/.test(path) && !path.endsWith('.config.ts')); // configuration of tools is no part of it

describe('the sources', () => {
  it('are all looked at', () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(sources).toEqual(expect.arrayContaining(['app/cli.ts', 'app/domain/job.ts', 'app/history/jobs.ts']));
  });

  it.each(sources)('keep to the import direction: %s', (path) => {
    expect(violations({ path, text: readFileSync(join(root, path), 'utf8') })).toEqual([]);
  });
});

describe('the check of the sources', () => {
  const allowed: readonly (readonly [string, string])[] = [
    ['app/domain/a.ts', "import { b } from './b.ts'; const c = 1; export function d() { let e = c; return e + b; }"],
    ['app/domain/a.ts', 'const at = Date.parse("2026"); export const f = (o: { process: number }) => o.process + at;'],
    ['app/contract.ts', "import { z } from 'zod'; import type { Job } from './domain/batch.ts'; export type X = Job;"],
    [
      'app/history/a.ts',
      "import Sqlite from 'better-sqlite3'; import { join } from 'node:path'; new Sqlite(join(''));",
    ],
    ['app/history/migrations/1.ts', "export * from '../rows.ts';"],
    ['app/engine/a.ts', "import { x } from '../segmind/client.ts'; import type PQueue from 'p-queue'; export { x };"],
    ['app/media/a.ts', "export const a = () => import('./sharp.ts');"],
    ['app/cli.ts', "import { run } from './cli/main.ts'; run();"],
    ['app/cli/a.ts', "import manifest from '../../package.json' with { type: 'json' }; export const a = manifest;"],
    ['main/index.ts', "import { app } from 'electron'; import { x } from '../app/engine/engine.ts'; x(app);"],
    ['renderer/A.svelte', '<script lang="ts">import B from "./B.svelte"; let { a } = $props();</script><B {a} />'],
    [
      'app/watch/a.ts',
      "import { scan } from '../intake/scan.ts'; import type { Engine } from '../engine/engine.ts'; export type A = Engine; scan();",
    ],
    ['main/b.ts', "import { Backend } from '../app/backend/backend.ts'; export const a = Backend;"],
    [
      'renderer/a.ts',
      "import { mount } from 'svelte'; import type { X } from '../app/contract.ts'; export type Y = X;",
    ],
  ];

  it.each(allowed)('allows in %s: %s', (path, text) => {
    expect(violations({ path, text })).toEqual([]);
  });

  const forbidden: readonly (readonly [string, string, RegExp])[] = [
    ['app/domain/a.ts', "import { x } from '../lib/clock.ts';", /domain may not import lib/],
    ['app/domain/a.ts', "import type { X } from '../history/rows.ts';", /domain may not import history/],
    ['app/domain/a.ts', "import { join } from 'node:path';", /imports node:path/],
    ['app/domain/a.ts', 'export const now = () => Date.now();', /uses Date\.now/],
    ['app/domain/a.ts', 'export const now = () => new Date();', /uses new Date/],
    ['app/domain/a.ts', 'export const chance = Math.random;', /uses Math\.random/],
    ['app/domain/a.ts', 'export const home = process.env;', /uses process/],
    ['app/domain/a.ts', 'export const wait = () => setTimeout(() => undefined, 1);', /uses setTimeout/],
    ['app/lib/a.ts', "import { x } from '../domain/job.ts';", /lib may not import domain/],
    ['app/lib/a.ts', "import sharp from 'sharp';", /package sharp, whose home is media/],
    ['app/contract.ts', "import { readFile } from 'node:fs/promises';", /imports node:fs\/promises/],
    ['app/history/a.ts', "import { x } from '../segmind/client.ts';", /history may not import segmind/],
    ['app/segmind/a.ts', "export { x } from '../history/jobs.ts';", /segmind may not import history/],
    ['app/intake/a.ts', "export * from '../media/pool.ts';", /intake may not import media/],
    ['app/media/a.ts', "export const a = () => import('../practice/server.ts');", /media may not import practice/],
    ['app/practice/a.ts', "let x: import('../engine/engine.ts').Engine;", /practice may not import engine/],
    ['app/engine/a.ts', "import { x } from '../media/pool.ts';", /engine may not import media/],
    ['app/engine/a.ts', "import { x } from '../intake/intake.ts';", /engine may not import intake/],
    ['app/engine/a.ts', "import { x } from '../cli/output.ts';", /engine may not import cli/],
    ['app/engine/a.ts', "import Sqlite from 'better-sqlite3';", /better-sqlite3, whose home is history/],
    ['app/history/a.ts', "import PQueue from 'p-queue';", /p-queue, whose home is engine/],
    ['app/engine/a.ts', "import { watch } from 'chokidar';", /chokidar, whose home is intake/],
    ['app/cli/a.ts', "import { app } from 'electron';", /electron, whose home is main/],
    ['app/engine/a.ts', "import { Command } from 'commander';", /commander, whose home is cli/],
    ['app/engine/a.ts', "import bar from 'cli-progress/lib/x.js';", /cli-progress, whose home is cli/],
    ['app/engine/a.ts', "import _ from 'lodash';", /imports the package lodash/],
    ['app/engine/a.ts', "import x from '@img/sharp-wasm32/sub';", /package @img\/sharp-wasm32/],
    ['app/engine/a.ts', "import fs from 'fs';", /imports the package fs/],
    ['app/engine/a.ts', "const x = require('sharp');", /package sharp/],
    ['app/engine/a.ts', 'export const a = (name: string) => import(name);', /imports what is computed/],
    ['app/engine/a.ts', "import { x } from '../../test/fakes/clock.ts';", /belongs to no layer/],
    ['app/engine/a.ts', "import manifest from '../../package.json' with { type: 'json' };", /without its extension/],
    ['app/engine/a.ts', "import { x } from './b.js';", /without its extension/],
    ['app/elsewhere/a.ts', 'export const a = 1;', /belongs to no layer/],
    ['app/engine/a.ts', 'let count = 0; export const next = () => (count += 1);', /mutable state/],
    ['app/engine/a.ts', 'export var count = 0;', /mutable state/],
    ['app/engine/a.ts', 'export default function a() {}', /default export/],
    ['app/engine/a.ts', 'export default 1;', /default export/],
    ['app/engine/a.ts', 'const a = 1; export { a as default };', /default export/],
    ['renderer/a.ts', "import { x } from '../app/engine/engine.ts';", /renderer may not import engine/],
    ['renderer/a.ts', "import { join } from 'node:path';", /imports node:path/],
    ['renderer/A.svelte', '<script lang="ts">import { join } from "node:path"; join();</script>', /imports node:path/],
    [
      'renderer/A.svelte',
      "<script lang='ts'>import { x } from '../main/ipc.ts'; x();</script>",
      /renderer may not import main/,
    ],
    ['app/watch/a.ts', "import { x } from '../segmind/client.ts';", /watch may not import segmind/],
    ['app/watch/a.ts', "import { x } from '../backend/service.ts';", /watch may not import backend/],
    ['app/watch/a.ts', "import { watch } from 'chokidar';", /chokidar, whose home is intake/],
    ['app/engine/a.ts', "import { x } from '../watch/folder.ts';", /engine may not import watch/],
    ['app/backend/a.ts', "import { app } from 'electron';", /electron, whose home is main/],
    ['app/engine/a.ts', "import { Backend } from '../backend/backend.ts';", /engine may not import backend/],
    ['renderer/a.ts', "import { ipcRenderer } from 'electron';", /electron, whose home is main/],
  ];

  it.each(forbidden)('finds in %s: %s', (path, text, complaint) => {
    expect(violations({ path, text }).join('\n')).toMatch(complaint);
  });
});
