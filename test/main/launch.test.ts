// What the app is started with, and what it must not be started with.
import { describe, expect, it } from 'vitest';
import { onlyPaths, ownProgram, readLaunch, refusedSwitch, restartArgs, type Start } from '../../main/launch.ts';

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

describe('files from a launcher', () => {
  it('may come as addresses of this computer', () => {
    const words = ['file:///mnt/card/Gr%C3%BC%C3%9Fe%201.jpg', 'FILE://localhost/a.jpg', 'b.jpg'];
    expect(readLaunch(start(words)).files).toEqual(['/mnt/card/Grüße 1.jpg', '/a.jpg', '/home/ann/photos/b.jpg']);
  });

  it('are left out when they are elsewhere, or no addresses at all', () => {
    const words = [
      'https://example.org/a.jpg',
      'sftp://nas/a.jpg',
      'file://nas/a.jpg',
      'file:///a%2Fb.jpg',
      'file:///a%00',
    ];
    expect(readLaunch(start(words)).files).toEqual([]);
  });
});

describe('the start after this one', () => {
  const launch = readLaunch(start(['--hidden', '--data', '/d', '--password-store=basic', 'old.jpg']));

  it('has the same data folder and the new files, and is seen', () => {
    const args = restartArgs({ launch, files: ['/new.jpg'], appDir: null, switches: [] });
    expect(args).toEqual(['--data=/d', '/new.jpg']);
    expect(readLaunch(start(args))).toEqual({ dataDir: '/d', hidden: false, files: ['/new.jpg'] });
  });

  it('has the same service and app while it is developed, and the switches that it cannot do without', () => {
    const developed = readLaunch(start(['.', '--api-url', 'http://127.0.0.1:1'], { packaged: false }));
    const args = restartArgs({ launch: developed, files: ['/new.jpg'], appDir: '/project', switches: ['no-sandbox'] });
    expect(args).toEqual(['/project', '--no-sandbox', '--api-url=http://127.0.0.1:1', '/new.jpg']);
    expect(readLaunch(start(args, { packaged: false }))).toMatchObject({ files: ['/new.jpg'], dataDir: null });
  });

  it('is of the file that the user has, where the program runs from a folder made for one run', () => {
    expect(ownProgram({}, '/opt/lightbatch')).toBe('/opt/lightbatch');
    expect(ownProgram({ APPIMAGE: '/home/ann/L.AppImage' }, '/tmp/.mount_x/lightbatch')).toBe('/home/ann/L.AppImage');
    expect(ownProgram({ PORTABLE_EXECUTABLE_FILE: 'D:\\L.exe' }, 'C:\\Temp\\L.exe')).toBe('D:\\L.exe');
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
  it('has no relative paths, which would mean the folder of this process', () => {
    expect(onlyPaths(['a', './b', '../c', '/d'])).toEqual(['/d']);
  });

  it('has nothing that is not a path', () => {
    expect(onlyPaths(['/a.jpg', 5, null, {}, '/c\0.jpg', '/d'])).toEqual(['/a.jpg', '/d']);
  });
});
