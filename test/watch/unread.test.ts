// What of a watched folder cannot be looked at: told with its reason, and taken once it can be.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WatchRig } from './rig.ts';

const isRoot = process.getuid?.() === 0;
const isWindows = process.platform === 'win32';
/** macOS takes only names that are text. */
const takesAnyName = process.platform === 'linux';
const NO_TEXT = 'Its name holds bytes that are not valid text. Rename it.';

/** Does something in the folder with names as old archives leave them: `F\xeate.jpg`, and a folder `S\xe9rie`. */
function shell(rig: WatchRig, script: string): void {
  execFileSync(
    'sh',
    ['-c', `photo=$(printf 'F\\352te.jpg'); other=$(printf 'F\\353te.txt'); folder=$(printf 'S\\351rie'); ${script}`],
    {
      cwd: rig.dir,
    },
  );
}

/** As somebody to whom permissions apply. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  if (isRoot) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe.runIf(takesAnyName)('a photo or a sub-folder whose name is no text', () => {
  test('is told with its reason, and taken when it was renamed', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ include: ['*.jpg'] });
    for (const name of ['1.jpg', '2.jpg', '3.jpg']) rig.put(name);
    shell(rig, 'mkdir "$folder"; mv 1.jpg "$photo"; mv 2.jpg "$folder"; echo text > "$other"');
    await rig.rest();
    expect(rig.files()).toEqual({ '3.jpg': 'taken' });
    expect(rig.row()).toMatchObject({ state: 'watching', waitingCount: 2 });
    const since = rig.row().waiting[0]?.since;
    expect(rig.row().waiting).toEqual([
      { name: 'F\u{FFFD}te.jpg', reason: NO_TEXT, since },
      { name: 'S\u{FFFD}rie', reason: NO_TEXT, since },
    ]);
    await rig.rest();
    expect(rig.row().waiting).toMatchObject([{ since }, { since }]);
    shell(rig, 'mv "$photo" Fete.jpg; mv "$folder" Serie');
    await rig.rest();
    await rig.enhance();
    expect(rig.row()).toMatchObject({ waitingCount: 0, waiting: [] });
    expect(rig.submits()).toBe(3);
  });

  test('is told as soon as it comes, and not only by the next look through the folder', async () => {
    await using rig = await WatchRig.open();
    await rig.watch();
    await rig.pass(2_000);
    rig.put('1.jpg');
    shell(rig, 'mv 1.jpg "$photo"');
    await rig.until('it is told', () => rig.row().waiting[0]?.reason === NO_TEXT);
    shell(rig, 'mv "$photo" 1.jpg');
    await rig.pass(2_000);
    await rig.until('it is told no more', () => rig.row().waiting.every(({ name }) => name === '1.jpg'));
  });
});

describe.skipIf(isWindows)('a sub-folder that must not be read', () => {
  test('is told with its reason, and its photos are taken when it may', async () => {
    await using rig = await WatchRig.open();
    await rig.watch({ include: ['IMG*'] });
    chmodSync(rig.at.dir, 0o755);
    rig.put('closed/IMG_1.jpg');
    chmodSync(join(rig.dir, 'closed'), isRoot ? 0o700 : 0);
    await asNobody(() => rig.rest());
    expect(rig.row()).toMatchObject({
      waitingCount: 1,
      waiting: [{ name: 'closed', reason: 'It cannot be read (EACCES). Check its permissions and its drive.' }],
    });
    chmodSync(join(rig.dir, 'closed'), 0o755);
    await rig.rest();
    await rig.enhance();
    expect(rig.row().waitingCount).toBe(0);
    expect(rig.submits()).toBe(1);
  });
});
