// What the app is started with, and what it must not be started with.
import { describe, expect, it } from 'vitest';
import { handedFiles, onlyPaths, readLaunch, refusedSwitch, type Start } from '../../main/launch.ts';

const start = (args: readonly string[], rest: Partial<Start> = {}): Start => ({
  argv: ['/opt/Lightbatch/lightbatch', ...args],
  env: {},
  cwd: '/home/ann/photos',
  packaged: true,
  ...rest,
});

describe('the command line', () => {
  it('takes photos and folders, seen from where it was given', () => {
    const { files } = readLaunch(start(['a.jpg', '/mnt/card/DCIM', '../other']));
    expect(files).toEqual(['/home/ann/photos/a.jpg', '/mnt/card/DCIM', '/home/ann/other']);
  });

  it('takes a data folder, which may also come from the environment', () => {
    expect(readLaunch(start([])).dataDir).toBeNull();
    expect(readLaunch(start(['--data', 'mine'])).dataDir).toBe('/home/ann/photos/mine');
    expect(readLaunch(start(['--data=/d'])).dataDir).toBe('/d');
    expect(readLaunch(start([], { env: { LIGHTBATCH_DATA: '/e' } })).dataDir).toBe('/e');
    expect(readLaunch(start(['--data', '/d'], { env: { LIGHTBATCH_DATA: '/e' } })).dataDir).toBe('/d');
    expect(readLaunch(start([], { env: { LIGHTBATCH_DATA: ' ' } })).dataDir).toBeNull();
  });

  it('begins in the tray when asked to', () => {
    expect(readLaunch(start(['--hidden'])).hidden).toBe(true);
    expect(readLaunch(start([])).hidden).toBe(false);
  });

  it('passes over the switches of Chromium', () => {
    const { files, dataDir } = readLaunch(start(['--no-sandbox', '--password-store=basic', '--data', '/d', 'a.jpg']));
    expect(files).toEqual(['/home/ann/photos/a.jpg']);
    expect(dataDir).toBe('/d');
  });

  it('knows that the first word is the app itself while it is developed', () => {
    expect(readLaunch(start(['.', 'a.jpg'], { packaged: false })).files).toEqual(['/home/ann/photos/a.jpg']);
    expect(readLaunch(start(['-r', '/x/loader.js', '.'], { packaged: false })).files).toEqual([]);
  });

  it('leaves out what cannot be a path', () => {
    expect(readLaunch(start(['', 'a\0.jpg', 'b.jpg'])).files).toEqual(['/home/ann/photos/b.jpg']);
  });
});

describe('another service or page', () => {
  const given = {
    env: { LIGHTBATCH_API_URL: 'http://127.0.0.1:1', ELECTRON_RENDERER_URL: 'http://localhost:5173' },
  };
  const args = ['.', '--storage-url', 'http://127.0.0.1:2'];

  it('is taken while the app is developed', () => {
    expect(readLaunch(start(args, { ...given, packaged: false }))).toMatchObject({
      apiUrl: 'http://127.0.0.1:1',
      storageUrl: 'http://127.0.0.1:2',
      pageUrl: 'http://localhost:5173',
    });
  });

  it('is never taken in a package: the key would go there', () => {
    const launch = readLaunch(start([...args, '--api-url=http://127.0.0.1:3'], given));
    expect(Object.keys(launch).sort()).toEqual(['dataDir', 'files', 'hidden']);
  });
});

describe('debugging from outside', () => {
  it.each(['remote-debugging-port', 'remote-debugging-pipe', 'inspect', 'inspect-brk'])(
    'keeps a package from starting: --%s',
    (name) => {
      expect(refusedSwitch(true, (asked) => asked === name)).toBe(name);
      expect(refusedSwitch(false, (asked) => asked === name)).toBeNull();
    },
  );

  it('is not seen in other switches', () => {
    expect(refusedSwitch(true, (asked) => asked === 'no-sandbox')).toBeNull();
  });
});

describe('what another process hands over', () => {
  it('counts only as far as it is a list of absolute paths', () => {
    expect(handedFiles({ files: ['/a.jpg', 'b.jpg', 5, null, '/c\0.jpg', '/d'] })).toEqual(['/a.jpg', '/d']);
    for (const nothing of [undefined, null, 'x', 5, {}, { files: '/a.jpg' }, { files: { length: 1 } }]) {
      expect(handedFiles(nothing)).toEqual([]);
    }
  });

  it('has no relative paths, which would mean the folder of this process', () => {
    expect(onlyPaths(['a', './b', '../c', '/d'])).toEqual(['/d']);
  });
});
