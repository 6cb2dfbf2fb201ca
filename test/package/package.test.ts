// The packaged app, looked at from outside: it is packed once with the Electron at hand, and then read like anyone could.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { extractAll, listPackage, statFile } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativesOf } from '../../build/natives.ts';
import { neededPackages } from './imports.ts';
import { root, settings } from './settings.ts';

const electron = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '';
const { platform, arch } = process;
const MEGABYTE = 1_000_000;

if (electron === '')
  it.skip('is not packed and looked at: ELECTRON_OVERRIDE_DIST_PATH names no Electron to pack it with');
else describe('the packaged app', () => inspectPackage());

function inspectPackage(): void {
  const home = mkdtempSync(join(tmpdir(), 'lightbatch-package-'));
  const extracted = join(home, 'extracted');
  const place = { resources: '', executable: '', archive: '' };
  const wireBefore: Record<string, unknown> = {};
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  beforeAll(async () => {
    Object.assign(wireBefore, await fuses(electronExecutable(electron)));
    const packed = spawnSync(
      process.execPath,
      [join(root, 'build', 'pack.ts'), '--dir', `-c.directories.output=${join(home, 'dist')}`],
      { encoding: 'utf8' },
    );
    if (packed.status !== 0) throw new Error(`The app could not be packed. ${packed.stderr}${packed.stdout}`);
    Object.assign(place, findPackage(join(home, 'dist')));
    extractAll(place.archive, extracted);
  }, 120_000);

  /** Every file of the archive and beside it, by its path. */
  const everything = () => [
    ...filesBelow(extracted),
    ...filesBelow(place.resources).filter((file) => file !== place.archive),
  ];
  const archived = () => filesBelow(extracted).map((file) => relative(extracted, file).replaceAll('\\', '/'));

  it('holds the built app, its licence and nothing else of the project', () => {
    const own = archived().filter((path) => !path.startsWith('node_modules/'));
    expect(own.filter((path) => !/^out\/(main|preload|renderer)\//.test(path)).sort()).toEqual([
      'LICENSE',
      'package.json',
    ]);
    const { main, scripts, devDependencies } = JSON.parse(readFileSync(join(extracted, 'package.json'), 'utf8')) as {
      readonly main: string;
      readonly scripts?: unknown;
      readonly devDependencies?: unknown;
    };
    expect(own).toContain(main.replace(/^\.\//, ''));
    expect({ scripts, devDependencies }).toEqual({ scripts: undefined, devDependencies: undefined });
  });

  it('holds no sources, source maps, declarations, tests or manuals', () => {
    const unwanted = archived().filter(
      (path) =>
        /\.(ts|cts|mts|tsx|svelte|map|c|cc|cpp|h|gyp|gypi|tsbuildinfo)$|\.test\.|(^|\/)(tests?|docs?)\//.test(path) ||
        (path.startsWith('node_modules/') && /\.(md|html)$/.test(path) && !/\/(LICEN[CS]E|NOTICE)[^/]*$/.test(path)),
    );
    expect(unwanted).toEqual([]);
  });

  it('holds the packages that the app imports and those that they need, and no others', () => {
    const { needed, missing } = neededPackages(extracted);
    expect(missing).toEqual([]);
    expect(needed).toEqual(expect.arrayContaining(['better-sqlite3', 'sharp']));
    expect(packagesIn(extracted).filter((name) => !needed.includes(name))).toEqual([]);
  });

  it('keeps the licence of every package', () => {
    const bare = packagesIn(extracted).filter(
      (name) => !readdirSync(join(extracted, 'node_modules', name)).some((file) => /^(LICEN[CS]E|COPYING)/i.test(file)),
    );
    // libvips' packages on macOS hold none; the list of what is in it lies beside the archive.
    expect(bare.filter((name) => !name.startsWith('@img/sharp-libvips-'))).toEqual([]);
    expect(readFileSync(join(place.resources, 'licenses', 'libvips.md'), 'utf8')).toMatch(/LGPL/);
  });

  it('holds the binaries of this system and of no other', () => {
    const { sqlite, sharp } = nativesOf({ platform, arch });
    const binaries = everything().flatMap((file) => binaryKind(file) ?? []);
    expect(new Set(binaries)).toEqual(new Set([{ linux: 'ELF', darwin: 'Mach-O', win32: 'PE' }[platform as 'linux']]));
    expect(archived().filter((path) => path.includes('better-sqlite3/prebuilds/'))).toEqual([`node_modules/${sqlite}`]);
    expect(packagesIn(extracted).filter((name) => name.startsWith('@img/sharp-'))).toEqual(sharp);
  });

  it('keeps outside the archive whatever cannot be loaded from inside it', () => {
    const inside = listPackage(place.archive, { isPack: false })
      .map((path) => path.replaceAll('\\', '/').slice(1))
      .filter(
        (path) =>
          /\.(node|wasm|so|dll|dylib)(\.|$)/.test(basename(path)) && /\.(node|wasm|dll|dylib|so[.\d]*)$/.test(path),
      );
    expect(inside.length).toBeGreaterThanOrEqual(2);
    const packed = inside.filter((path) => !('unpacked' in statFile(place.archive, path)));
    expect(packed).toEqual([]);
  });

  it('runs its database and its picture library by itself, away from the project', () => {
    cpSync(join(place.resources, 'samples', 'running-cat.jpg'), join(extracted, 'cat.jpg'));
    writeFileSync(
      join(extracted, 'try.mjs'),
      `import Database from 'better-sqlite3';
       import sharp from 'sharp';
       const { width, height } = await sharp('cat.jpg').resize(64, 64).png().toBuffer({ resolveWithObject: true }).then(({ info }) => info);
       console.log(JSON.stringify({ width, height, one: new Database(':memory:').prepare('SELECT 1 AS one').get().one }));`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['try.mjs'], { cwd: extracted, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ width: 64, height: 64, one: 1 });
  });

  it('tells no keys, and nothing of the machine that packed it', () => {
    // A key of nothing but zeros is the practice service's.
    const secrets =
      /\bSG_(?!0+\b)[0-9a-f]{16,}|\bsk-[A-Za-z0-9]{24,}|\bAKIA[0-9A-Z]{16}|\bgh[pousr]_\w{30,}|BEGIN [A-Z ]*PRIVATE KEY/i;
    const telling = everything().filter((file) => {
      const text = readFileSync(file, 'latin1');
      return secrets.test(text) || text.includes(root) || (homedir().length > 5 && text.includes(`${homedir()}/`));
    });
    expect(telling.map((file) => relative(home, file))).toEqual([]);
  });

  it('brings the practice photographs, the tray’s icons and the window’s', () => {
    for (const { from, to } of settings.extraResources.filter((one) => one.to.startsWith('samples/')))
      expect(readFileSync(join(place.resources, to)).equals(readFileSync(join(root, from))), to).toBe(true);
    expect(readdirSync(join(place.resources, 'samples'))).toHaveLength(4);
    expect(readdirSync(join(place.resources, 'tray'))).toEqual(readdirSync(join(root, 'build', 'tray')));
    expect(existsSync(join(place.resources, 'icon.png'))).toBe(platform === 'linux');
  });

  it('stays small: under 20 MB on Linux and 40 MB elsewhere, beside Electron itself', () => {
    const bytes = filesBelow(place.resources).reduce((sum, file) => sum + statSync(file).size, 0);
    expect(bytes / MEGABYTE).toBeLessThan(platform === 'linux' ? 20 : 40);
  });

  it('has the fuses that electron-builder.yml says, as far as this Electron has them', async () => {
    const wire = await fuses(place.executable);
    const said = Object.entries(settings.electronFuses).map(([name, on]) => [upperFirst(name), on] as const);
    expect(wire).toMatchObject(Object.fromEntries(said.filter(([name]) => name in wireBefore)));
    expect(wire).toMatchObject({
      RunAsNode: false,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: false,
      OnlyLoadAppFromAsar: true,
    });
  });

  it('left the Electron that it was packed with as it was', async () => {
    expect(wireBefore).toMatchObject({ RunAsNode: true });
    expect(await fuses(electronExecutable(electron))).toEqual(wireBefore);
  });
}

/** The fuses that an Electron has, by the names of @electron/fuses. */
async function fuses(executable: string): Promise<Record<string, boolean>> {
  const wire = await getCurrentFuseWire(executable);
  const names = Object.entries(FuseV1Options).filter(
    (pair): pair is [string, FuseV1Options] => typeof pair[1] === 'number',
  );
  return Object.fromEntries(
    names.flatMap(([name, index]) =>
      wire[index] === undefined ? [] : [[name, wire[index] === FuseState.ENABLE] as const],
    ),
  );
}

function electronExecutable(dist: string): string {
  const found = ['electron-bin', 'electron', 'electron.exe', 'Electron.app'].find((name) =>
    existsSync(join(dist, name)),
  );
  if (found === undefined) throw new Error(`ELECTRON_OVERRIDE_DIST_PATH names no Electron: ${dist}`);
  return join(dist, found);
}

function findPackage(dist: string): { resources: string; executable: string; archive: string } {
  const folder = readdirSync(dist).find((name) => statSync(join(dist, name)).isDirectory() && !name.startsWith('.'));
  const app = join(dist, folder ?? '');
  const mac = join(app, 'Lightbatch.app');
  const resources = existsSync(mac) ? join(mac, 'Contents', 'Resources') : join(app, 'resources');
  const executable = existsSync(mac)
    ? mac
    : join(app, platform === 'win32' ? 'Lightbatch.exe' : settings.linux.executableName);
  return { resources, executable, archive: join(resources, 'app.asar') };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function packagesIn(app: string): string[] {
  const modules = join(app, 'node_modules');
  return readdirSync(modules).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
  );
}

/** What kind of machine code a file is, by its first bytes; undefined for everything else. */
function binaryKind(file: string): string | undefined {
  const magic = readFileSync(file).subarray(0, 4).toString('hex');
  if (magic === '7f454c46') return 'ELF';
  if (['feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe'].includes(magic)) return 'Mach-O';
  return magic.startsWith('4d5a') ? 'PE' : undefined;
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
