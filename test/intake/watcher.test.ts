// The contract with chokidar, on real folders: what the rest relies on, and what it must not rely on.
import { execFile, execFileSync } from 'node:child_process';
import { appendFile, cp, open, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chokidarWatcher } from '../../app/intake/watcher.ts';
import { whyNoMounts } from '../lib/mount.ts';
import { jpeg, TempTree } from './temp-tree.ts';
import { Watched } from './watch-rig.ts';

let tree: TempTree;
let root: string;
beforeEach(async () => {
  tree = await TempTree.make();
  root = await tree.folder('watched');
});
afterEach(() => tree.remove());

const watch = (options: { recursive?: boolean; excluded?: string[] } = {}, at = root) =>
  Watched.on(chokidarWatcher, at, options);
const run = promisify(execFile);
const isLinux = process.platform === 'linux';
const isWindows = process.platform === 'win32';

/** A process with limits of its own, which are those of nobody else on the machine. */
const OWN_LIMITS = ['--user', '--map-root-user', 'sh', '-c'];
const FEW_WATCHES = 'echo 20 > /proc/sys/user/max_inotify_watches';

function whyNoLimits(): string | null {
  if (!isLinux) return 'limits of watches are Linux’s';
  try {
    execFileSync('unshare', [...OWN_LIMITS, FEW_WATCHES], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `no limits of its own are allowed here: ${String(error)}`;
  }
}

describe('a hint comes', () => {
  it('for a new file, and again while it is written slowly in chunks', async () => {
    await using watched = await watch();
    const file = await open(tree.at('watched/slow.jpg'), 'w');
    for (let chunk = 0; chunk < 5; chunk += 1) {
      const before = watched.hints.length;
      await file.write(jpeg(`${chunk}`));
      await watched.until(() => watched.hints.length > before);
    }
    await file.close();
    expect(new Set(watched.hints)).toEqual(new Set(['slow.jpg']));
  });

  it('for a photo that is written over under its own name', async () => {
    await tree.files(['watched/a.jpg']);
    await using watched = await watch();
    await writeFile(tree.at('watched/a.jpg'), jpeg('another'));
    await watched.hinted('a.jpg');
  });

  it('for every file of a folder that is copied in', async () => {
    const names = ['1.jpg', '2.jpg', 'deep/3.jpg', 'deep/deeper/4.jpg'];
    await tree.files(names.map((name) => `card/${name}`));
    await using watched = await watch();
    await cp(tree.at('card'), tree.at('watched/card'), { recursive: true });
    await watched.hinted(...names.map((name) => `card/${name}`));
  });

  it('for every file of a folder that is moved in, and for the folder', async () => {
    await tree.files(['card/1.jpg', 'card/deep/2.jpg']);
    await using watched = await watch();
    await rename(tree.at('card'), tree.at('watched/card'));
    await watched.hinted('card', 'card/1.jpg', 'card/deep/2.jpg');
  });

  it('for a file that is moved in, and under its new name for one that is renamed', async () => {
    await tree.files(['a.jpg']);
    await using watched = await watch();
    await rename(tree.at('a.jpg'), tree.at('watched/a.jpg'));
    await watched.hinted('a.jpg');
    await rename(tree.at('watched/a.jpg'), tree.at('watched/b.jpg'));
    await watched.hinted('b.jpg');
  });

  it('for a file whose name changes in case only', async () => {
    await tree.files(['watched/IMG_1.JPG']);
    await using watched = await watch();
    await rename(tree.at('watched/IMG_1.JPG'), tree.at('watched/img_1.jpg'));
    await watched.hinted('img_1.jpg');
  });

  it('for a file that a program saves at once, by renaming a temporary one over it', async () => {
    await tree.files(['watched/a.jpg']);
    await using watched = await watch();
    await writeFile(tree.at('watched/.a.jpg.tmp'), jpeg('saved anew'));
    await rename(tree.at('watched/.a.jpg.tmp'), tree.at('watched/a.jpg'));
    await watched.hinted('a.jpg');
    expect(watched.hints).not.toContain('.a.jpg.tmp');
  });

  it('for each of 2,000 files that come at once, in folders made at the same time', async () => {
    const names = Array.from({ length: 2_000 }, (_, n) => `day ${n % 20}/IMG_${n}.jpg`);
    await using watched = await watch();
    await tree.files(names.map((name) => `watched/${name}`));
    await watched.hinted(...names);
    expect(watched.troubles).toEqual([]);
  });

  it('for a file whose time of change alone is set, as copies do when they are done', async () => {
    await tree.files(['watched/a.jpg']);
    await using watched = await watch();
    await utimes(tree.at('watched/a.jpg'), 1_700_000_000, 1_700_000_000);
    await watched.hinted('a.jpg');
  });

  it('for a folder that goes, and for what comes under its name again', async () => {
    await tree.files(['watched/card/1.jpg']);
    await using watched = await watch();
    await rm(tree.at('watched/card'), { recursive: true });
    await watched.hinted('card');
    await tree.files(['watched/card/2.jpg']);
    await watched.hinted('card/2.jpg');
  });

  it('under the very name of the disk: with spaces, quotes, line ends and emoji, composed or not', async () => {
    const names = ['it’s "mine".jpg', 'Zoë 📷.jpg', 'cafe\u0301.jpg', 'tilde~.jpg', 'a[1]{b}*.jpg', ' .jpg', '%20.jpg'];
    if (!isWindows) names.push('line\nend.jpg', 'tab\t.jpg');
    const fit = isWindows ? names.filter((name) => !/["*]/.test(name)) : names;
    await using watched = await watch();
    await tree.files(fit.map((name) => `watched/${name}`));
    await watched.hinted(...fit);
  });

  it.skipIf(isWindows)('also where there are backslashes in names, which are no separators here', async () => {
    const odd = await tree.folder('back\\slash');
    await using watched = await watch({}, odd);
    await tree.files(['back\\slash/a\\b.jpg', 'back\\slash/sub\\dir/c.jpg']);
    await watched.hinted('a\\b.jpg', 'sub\\dir/c.jpg');
  });

  it.skipIf(!isLinux)('for composed and decomposed twins, each under its own name', async () => {
    await using watched = await watch();
    await tree.files(['watched/caf\u00e9.jpg', 'watched/cafe\u0301.jpg']);
    await watched.hinted('caf\u00e9.jpg', 'cafe\u0301.jpg');
  });

  it('in a folder whose own name is hidden or looks like an editor’s leftover', async () => {
    for (const name of ['.photos', 'Wedding~', 'catalog.lrdata']) {
      const at = await tree.folder(name);
      await using watched = await watch({}, at);
      await tree.files([`${name}/Shoot~/a.jpg`]);
      await watched.hinted('Shoot~/a.jpg');
    }
  });
});

describe('a RAW file', () => {
  it('is told when it comes and when it goes, also in a sub-folder', async () => {
    await tree.files(['watched/sub/before.NEF']);
    await using watched = await watch();
    await tree.files(['watched/a.CR3']);
    await watched.hinted('a.CR3');
    await rm(tree.at('watched/sub/before.NEF'));
    await watched.hinted('sub/before.NEF');
  });
});

describe('no hint comes', () => {
  /** A file that comes last shows that what came before it was not told. */
  const sentinel = async (watched: Watched) => {
    await writeFile(`${watched.root}/sentinel.jpg`, jpeg());
    await watched.hinted('sentinel.jpg');
    return watched.hints.filter((hint) => hint !== 'sentinel.jpg' && hint !== '');
  };

  it('for what was there before', async () => {
    await tree.files(['watched/a.jpg', 'watched/sub/b.jpg']);
    await using watched = await watch();
    expect(await sentinel(watched)).toEqual([]);
  });

  it('for what is excluded, hidden, or certainly no photo by its name, and folders of such names cost no watch', async () => {
    await using watched = await watch({ excluded: [tree.at('watched/Enhanced')] });
    const folders = ['Enhanced', '.cache', '@eaDir', 'Previews.lrdata'].map((name) => `watched/${name}/x.jpg`);
    await tree.files([...folders, 'watched/.hidden.jpg', 'watched/a.xmp', 'watched/film.mp4', 'watched/b.jpg.part']);
    expect(await sentinel(watched)).toEqual([]);
    await tree.files(folders.map((path) => path.replace('x.jpg', 'y.jpg')));
    await rm(tree.at('watched/sentinel.jpg'));
    expect(await sentinel(watched)).toEqual([]);
  });

  it('from sub-folders that are not watched', async () => {
    await tree.folder('watched/old');
    await using watched = await watch({ recursive: false });
    await tree.files(['watched/old/a.jpg', 'watched/new/b.jpg', 'watched/c.jpg']);
    await rm(tree.at('watched/old'), { recursive: true });
    await watched.hinted('c.jpg');
    expect(new Set(await sentinel(watched))).toEqual(new Set(['c.jpg']));
  });

  it('from behind a link, which is told itself and ends no loop', async () => {
    await tree.files(['elsewhere/a.jpg']);
    await using watched = await watch();
    await symlink(root, tree.at('watched/loop'), 'junction');
    await symlink(tree.at('elsewhere'), tree.at('watched/other'), 'junction');
    await watched.hinted('loop', 'other');
    await writeFile(tree.at('elsewhere/b.jpg'), jpeg());
    expect(new Set(await sentinel(watched))).toEqual(new Set(['loop', 'other']));
  });

  it('after it is closed, which may be asked twice and before it is ready', async () => {
    const told: string[] = [];
    const options = {
      root,
      recursive: true,
      isExcluded: () => false,
      onHint: (path: string) => void told.push(path),
      onTrouble: () => void told.push('trouble'),
    };
    const early = chokidarWatcher(options);
    await early.close();
    await early.ready;
    const watcher = chokidarWatcher(options);
    await watcher.ready;
    await watcher.close();
    await watcher.close();
    await using other = await watch();
    await tree.files(['watched/a.jpg']);
    await other.hinted('a.jpg');
    expect(told).toEqual([]);
  });
});

describe('the folder itself', () => {
  const isLost = (watched: Watched) => watched.troubles.some(({ kind }) => kind === 'lost');

  it.skipIf(!isLinux)('is told at once as lost when it is renamed, and once', async () => {
    await tree.files(['watched/a.jpg', 'watched/sub/b.jpg']);
    await using watched = await watch();
    await rename(root, tree.at('away'));
    await watched.until(() => isLost(watched));
    await rename(tree.at('away'), root);
    await tree.files(['watched/c.jpg']);
    expect(watched.troubles).toHaveLength(1);
  });

  it('is watched again when it is deleted and made anew, though that may be told late', async () => {
    await tree.files(['watched/a.jpg']);
    await using watched = await watch();
    await rm(root, { recursive: true });
    await watched.hinted('');
    await tree.folder('watched');
    await tree.files(['watched/again.jpg']);
    await watched.hinted('again.jpg');
  });

  const noMounts = whyNoMounts();
  it.skipIf(noMounts)(
    `is told as lost when its drive is unmounted; the watcher is deaf from then on, also when the drive comes back, and a new one hears (${noMounts ?? 'a disk in memory'})`,
    async () => {
      const alias = await tree.folder('alias');
      const call = (command: string, ...options: string[]) => execFileSync(command, options, { stdio: 'pipe' });
      call('mount', '-t', 'tmpfs', 'none', root);
      try {
        await tree.files(['watched/a.jpg', 'watched/sub/b.jpg']);
        {
          await using watched = await watch();
          call('umount', root); // no watch holds the drive
          await watched.until(() => isLost(watched));
          await tree.files(['watched/below.jpg']); // in the folder that was covered by the drive, and is watched now
          await watched.hinted('below.jpg');
          const hearsBelow = () => watched.hints.filter((hint) => hint === 'below.jpg').length > 1;
          while (!hearsBelow()) await appendFile(tree.at('watched/below.jpg'), 'more');
          call('mount', '-t', 'tmpfs', 'none', root);
          call('mount', '--bind', root, alias);
          try {
            await using witness = await watch({}, alias);
            for (const name of ['missed.jpg', 'missed, too.jpg']) {
              await tree.files([`watched/${name}`]);
              await witness.hinted(name);
            }
          } finally {
            call('umount', '-l', alias);
          }
          expect(watched.hints).not.toContain('missed.jpg');
          expect(watched.troubles).toHaveLength(1);
        }
        await using again = await watch();
        await tree.files(['watched/new.jpg']);
        await again.hinted('new.jpg');
      } finally {
        call('umount', '-l', root);
      }
    },
  );

  it('that is not there is no error: whoever asks has looked before', async () => {
    await using watched = await watch({}, tree.at('nothing'));
    expect(watched.troubles).toEqual([]);
  });
});

describe('trouble', () => {
  it('with the settings of the surroundings is told, and the watcher is there all the same', async () => {
    process.env['CHOKIDAR_INTERVAL'] = 'often';
    try {
      await using watched = await watch();
      await watched.until(() => watched.troubles.length > 0);
      expect(watched.troubles).toMatchObject([{ kind: 'other', error: { name: 'TypeError' } }]);
    } finally {
      delete process.env['CHOKIDAR_INTERVAL'];
    }
  });

  const noLimits = whyNoLimits();
  it.skipIf(noLimits)(
    `with the system’s limit of watches is told once (${noLimits ?? 'a limit of its own'})`,
    async () => {
      await tree.files(Array.from({ length: 40 }, (_, n) => `watched/${n}/a.jpg`));
      const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
      const script = `
      const { chokidarWatcher } = await import(${module('../../app/intake/watcher.ts')});
      const { Watched } = await import(${module('./watch-rig.ts')});
      const watched = await Watched.on(chokidarWatcher, ${JSON.stringify(root)});
      await watched.until(() => watched.troubles.length > 0);
      await watched.watcher.close();
      console.log(JSON.stringify(watched.troubles.map(({ kind, error }) => [kind, error.code])));`;
      const { stdout } = await run('unshare', [...OWN_LIMITS, `${FEW_WATCHES}; exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', script]); // prettier-ignore
      expect(JSON.parse(stdout)).toEqual([['limits', 'ENOSPC']]);
    },
  );
});
