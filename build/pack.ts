// `npm run pack`: gives the built app to electron-builder, with the Electron that ELECTRON_OVERRIDE_DIST_PATH names, if any.
// What is written after `--` goes on to electron-builder; without anything it packs a folder for this machine.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '';
const wanted = process.argv.slice(2);
process.exitCode = await pack(wanted.length > 0 ? wanted : ['--dir']);

async function pack(args: readonly string[]): Promise<number> {
  const unbuilt = ['main', 'preload', 'renderer'].filter((part) => !existsSync(join(root, 'out', part)));
  if (unbuilt.length > 0) {
    console.error(`There is no built app to pack: out/ lacks ${unbuilt.join(', ')}. Run “npm run build” first.`);
    return 1;
  }
  if (override === '') return build(args);
  const staging = mkdtempSync(join(tmpdir(), 'lightbatch-pack-'));
  try {
    return build([...args, ...(await withElectron(override, staging))]);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/**
 * Arguments that have electron-builder pack another Electron. It is copied first, because fuses are flipped in place.
 * A stand-in may be older than the Electron in package.json: fuses that it lacks are named and left out.
 */
async function withElectron(dist: string, staging: string): Promise<string[]> {
  const electron = join(staging, 'electron');
  cpSync(dist, electron, { recursive: true, verbatimSymlinks: true });
  // Where a wrapper stands in the executable's place, the executable is beside it; its app is no part of a package.
  if (existsSync(join(electron, 'electron-bin'))) {
    renameSync(join(electron, 'electron-bin'), join(electron, 'electron'));
    rmSync(join(electron, 'resources'), { recursive: true, force: true });
  }
  const config = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as {
    electronFuses: Record<string, boolean>;
  };
  const lacking = await fusesLacking(config.electronFuses, electron);
  for (const fuse of lacking) {
    console.log(`  • this Electron has no fuse ${fuse}: left out`);
    Reflect.deleteProperty(config.electronFuses, fuse);
  }
  const file = join(staging, 'electron-builder.json');
  writeFileSync(file, JSON.stringify({ ...config, electronDist: electron }));
  return ['--config', file];
}

async function fusesLacking(fuses: Readonly<Record<string, boolean>>, electron: string): Promise<string[]> {
  const executable = ['electron', 'electron.exe', 'Electron.app'].map((name) => join(electron, name)).find(existsSync);
  if (executable === undefined) throw new Error(`There is no Electron in ${override}`);
  const wire = await getCurrentFuseWire(executable);
  return Object.keys(fuses).filter((fuse) => {
    const index = FuseV1Options[`${fuse.charAt(0).toUpperCase()}${fuse.slice(1)}` as keyof typeof FuseV1Options] as
      FuseV1Options | undefined; // what is no fuse, such as resetAdHocDarwinSignature, cannot be lacking
    return index !== undefined && wire[index] === undefined;
  });
}

function build(args: readonly string[]): number {
  const cli = join(createRequire(import.meta.url).resolve('electron-builder/package.json'), '..', 'cli.js');
  // Under VITEST electron-builder makes hard links, through which it would change the files it copies from.
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env['VITEST'];
  const { status, error } = spawnSync(process.execPath, [cli, ...args, '--publish', 'never'], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  if (error) throw error;
  return status ?? 1;
}
