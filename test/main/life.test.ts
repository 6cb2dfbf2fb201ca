// Pages that die, wishes that come too early, processes for pictures, start at login.
import { EventEmitter } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { UtilityProcess } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import type { Intent } from '../../app/contract/values.ts';
import { FailureError, failure } from '../../app/domain/failure.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { type ActionOptions, actionsOf } from '../../main/actions.ts';
import { autostartEntry, autostartFile, setAutostart } from '../../main/autostart.ts';
import { type Fork, spawnUtilityWorker } from '../../main/media.ts';
import { GATHER_LIMIT_MS, GATHER_MS, Post } from '../../main/post.ts';
import { Recovery } from '../../main/recovery.ts';
import type { Status } from '../../app/backend/backend.ts';
import { ManualClock } from '../fakes/clock.ts';
import { recordingLog, statusOf, tempFolder } from './support.ts';

const LONG = { timeout: 60_000 };

describe('a page that dies', () => {
  function recovering(again = false) {
    const calls: string[] = [];
    const clock = new ManualClock();
    const log = recordingLog();
    const recovery = new Recovery({
      clock,
      log,
      reload: () => calls.push('reload'),
      crash: () => calls.push('crash'),
      ask: () => {
        calls.push('ask');
        return Promise.resolve(again);
      },
    });
    return { recovery, calls, clock, log };
  }

  it('is loaded again, with a line in the log', async () => {
    const { recovery, calls, log } = recovering();
    await recovery.died('oom', 5);
    expect(calls).toEqual(['reload']);
    expect(log.lines).toMatchObject([{ level: 'error', event: 'page.died', fields: { reason: 'oom', exitCode: 5 } }]);
  });

  it('is not loaded over and over without the user’s wish', async () => {
    const { recovery, calls, clock } = recovering(false);
    await recovery.died('crashed', 5);
    clock.advance(5_000);
    await recovery.died('crashed', 5);
    expect(calls).toEqual(['reload', 'ask']);
  });

  it('is loaded once more when the user wishes it, or after a calm time', async () => {
    const { recovery, calls, clock } = recovering(true);
    await recovery.died('crashed', 5);
    await recovery.died('crashed', 5);
    clock.advance(60_000);
    await recovery.died('crashed', 5);
    expect(calls).toEqual(['reload', 'ask', 'reload', 'reload']);
  });

  it('because its window closed is let go', async () => {
    const { recovery, calls } = recovering();
    await recovery.died('clean-exit', 0);
    expect(calls).toEqual([]);
  });

  it('or only does not answer gets time, and then an end', () => {
    const { recovery, calls, clock } = recovering();
    recovery.silent();
    recovery.silent();
    clock.advance(19_000);
    recovery.answered();
    clock.advance(60_000);
    expect(calls).toEqual([]);
    recovery.silent();
    clock.advance(20_000);
    expect(calls).toEqual(['crash']);
    expect(clock.pending).toBe(0);
  });
});

describe('wishes for the page', () => {
  function posted() {
    const sent: Intent[] = [];
    const intakeOf = vi.fn((paths: readonly string[]) => paths.length);
    const clock = new ManualClock();
    return { post: new Post({ send: (intent) => sent.push(intent), intakeOf, clock }), sent, intakeOf, clock };
  }

  it('wait until it listens, and come in order', () => {
    const { post, sent } = posted();
    post.intent({ kind: 'new-batch' });
    post.intent({ kind: 'find' });
    expect(sent).toEqual([]);
    post.pageListens();
    post.intent({ kind: 'select-all' });
    expect(sent.map(({ kind }) => kind)).toEqual(['new-batch', 'find', 'select-all']);
  });

  it('wait again while the page loads anew, and come once', () => {
    const { post, sent } = posted();
    post.pageListens();
    post.pageGone();
    post.intent({ kind: 'find' });
    expect(sent).toEqual([]);
    post.pageListens();
    post.pageListens();
    expect(sent).toEqual([{ kind: 'find' }]);
  });

  it('with files wait for the history, too, and make one intake', () => {
    const { post, sent, intakeOf, clock } = posted();
    post.files(['/a.jpg']);
    post.pageListens();
    post.files(['/b.jpg', '/c']);
    clock.advance(GATHER_MS);
    expect(intakeOf).not.toHaveBeenCalled();
    post.historyOpen(true);
    expect(intakeOf).toHaveBeenCalledExactlyOnceWith(['/a.jpg', '/b.jpg', '/c']);
    expect(sent).toEqual([{ kind: 'intake', id: 3 }]);
    post.historyOpen(true);
    expect(sent).toHaveLength(1);
  });

  it('with files are kept while the history cannot be opened', () => {
    const { post, sent, clock } = posted();
    post.pageListens();
    post.historyOpen(false);
    post.files(['/a.jpg']);
    clock.advance(GATHER_MS);
    expect(sent).toEqual([]);
    post.historyOpen(true);
    expect(sent).toEqual([{ kind: 'intake', id: 1 }]);
  });

  it.each([
    { how: 'a hundred from the Dock', files: 100, apart: 2 },
    { how: 'five from starts of their own', files: 5, apart: GATHER_MS - 1 },
  ])('with files that come one by one make one intake: $how', ({ files, apart }) => {
    const { post, intakeOf, clock } = posted();
    post.pageListens();
    post.historyOpen(true);
    const paths = Array.from({ length: files }, (_, n) => `/${n}.jpg`);
    for (const path of paths) {
      post.files([path]);
      clock.advance(apart);
    }
    post.historyOpen(true); // a page that is loaded anew asks for it, and must not cut the files in two
    expect(intakeOf).not.toHaveBeenCalled();
    clock.advance(GATHER_MS);
    expect(intakeOf).toHaveBeenCalledExactlyOnceWith(paths);
    expect(clock.pending).toBe(0);
  });

  it('with files do not wait for ever while more and more come', () => {
    const { post, intakeOf, clock } = posted();
    post.pageListens();
    post.historyOpen(true);
    for (let waited = 0; waited < GATHER_LIMIT_MS; waited += 250) {
      expect(intakeOf).not.toHaveBeenCalled();
      post.files([`/${waited}.jpg`]);
      clock.advance(250);
    }
    expect(intakeOf.mock.calls.map(([paths]) => paths.length)).toEqual([8]);
  });

  it('of no files are none', () => {
    const { post, clock } = posted();
    post.files([]);
    expect(clock.pending).toBe(0);
  });
});

describe('menus and tray', () => {
  function acting(status: Status, handlers: Partial<ActionOptions['handlers']> = {}, focused = true) {
    const calls: string[] = [];
    const intents: Intent[] = [];
    const note = (name: string) => () => {
      calls.push(name);
      return null as never;
    };
    const told = vi.fn<ActionOptions['tell']>(() => Promise.resolve());
    const actions = actionsOf({
      handlers: {
        'intake.choose': ({ kind }) => {
          calls.push(`choose ${kind}`);
          return { id: 9 };
        },
        'queue.pause': note('pause'),
        'queue.resume': note('resume'),
        'app.openLink': note('link'),
        'app.openLogs': note('logs'),
        'app.openDataFolder': note('data'),
        ...handlers,
      },
      status: () => status,
      intend: (intent) => intents.push(intent),
      tell: told,
      about: note('about'),
      windowHasFocus: () => focused,
      selectAllNatively: note('select natively'),
      log: recordingLog(),
    });
    return { actions, calls, intents, told };
  }

  it('pause what runs, and resume what is paused or stopped', () => {
    const calls = [
      statusOf({ unfinished: 1 }),
      statusOf({ unfinished: 1 }, { paused: true }),
      statusOf({ unfinished: 1 }, { stopped: failure('no_credits') }),
      statusOf({ queue: null }),
    ].map((status) => {
      const { actions, calls: done } = acting(status);
      actions.togglePause();
      return done;
    });
    expect(calls).toEqual([['pause'], ['resume'], ['resume'], []]);
  });

  it('show what was chosen in a dialog, and nothing when it was closed', async () => {
    const { actions, intents } = acting(statusOf());
    actions.addFolder();
    await vi.waitFor(() => expect(intents).toEqual([{ kind: 'intake', id: 9 }]), LONG);
    const closed = Promise.withResolvers<null>();
    const other = acting(statusOf(), { 'intake.choose': () => closed.promise });
    other.actions.addPhotos();
    closed.resolve(null);
    await closed.promise;
    expect(other.intents).toEqual([]);
  });

  it('tell in a dialog what could not be done', async () => {
    const { actions, told } = acting(statusOf({ unfinished: 1 }), {
      'queue.pause': () => Promise.reject(new FailureError(failure('data_unwritable'))),
    });
    actions.togglePause();
    await vi.waitFor(() => expect(told).toHaveBeenCalledExactlyOnceWith(failure('data_unwritable').message), LONG);
  });

  it('lead to the watch folders', () => {
    const { actions, intents } = acting(statusOf());
    actions.showWatch();
    expect(intents).toEqual([{ kind: 'show', view: 'watch' }]);
  });

  it('spend nothing by themselves: the page asks about what failed', () => {
    const { actions, calls, intents } = acting(statusOf({}, { failed: 3 }));
    actions.retryFailed();
    expect(intents).toEqual([{ kind: 'retry-failed' }]);
    expect(calls).toEqual([]);
  });

  it('select all of the page, or of the dialog that is before it', () => {
    const inPage = acting(statusOf());
    inPage.actions.selectAll();
    expect(inPage.intents).toEqual([{ kind: 'select-all' }]);
    expect(inPage.calls).toEqual([]);
    const inDialog = acting(statusOf(), {}, false);
    inDialog.actions.selectAll();
    expect(inDialog.intents).toEqual([]);
    expect(inDialog.calls).toEqual(['select natively']);
  });
});

describe('a process for pictures', () => {
  function forked(pid?: number) {
    const child = Object.assign(new EventEmitter(), {
      pid,
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      posted: [] as unknown[],
      postMessage(message: unknown) {
        this.posted.push(message);
      },
    });
    const fork = vi.fn<Fork>(() => child as unknown as UtilityProcess);
    const killed: number[] = [];
    const logged: string[] = [];
    const port = spawnUtilityWorker({
      fork,
      dir: '/app/out/main',
      onLog: (text) => logged.push(text),
      kill: (id) => killed.push(id),
    });
    return { child, port, fork, killed, logged };
  }

  it('is started from the bundle, without the secrets of this one’s environment', () => {
    vi.stubEnv('SEGMIND_API_KEY', 'SG_0123456789abcdef');
    const { fork } = forked(5);
    const [path, , options] = fork.mock.calls[0] ?? [];
    expect(path).toBe(join('/app/out/main', 'worker.js'));
    expect(options?.serviceName).toBe('Lightbatch pictures');
    expect(Object.keys(options?.env ?? {})).not.toContain('SEGMIND_API_KEY');
    expect(options?.execArgv).toEqual([]);
    vi.unstubAllEnvs();
  });

  it('passes messages both ways, and its outputs to the log', async () => {
    const { child, port, logged } = forked(5);
    const heard: unknown[] = [];
    port.onMessage((message) => heard.push(message));
    child.emit('message', { ready: true });
    port.post({ id: 1 });
    child.stderr.write('a warning');
    child.stdout.write('a word');
    await vi.waitFor(() => expect(logged).toEqual(['a warning', 'a word']), LONG);
    expect(heard).toEqual([{ ready: true }]);
    expect(child.posted).toEqual([{ id: 1 }]);
    expect(port.pid).toBe(5);
  });

  it('tells its end, and is killed no more after it', () => {
    const { child, port, killed } = forked(5);
    const ends: string[] = [];
    port.onExit((reason) => ends.push(reason));
    port.kill();
    child.emit('exit', 9);
    child.pid = undefined;
    port.kill();
    expect(killed).toEqual([5]);
    expect(ends).toEqual(['ended with code 9']);
  });

  it('that is not up yet is ended as soon as it is', () => {
    const { child, port, killed } = forked();
    port.kill();
    expect(killed).toEqual([]);
    child.pid = 6;
    child.emit('spawn');
    expect(killed).toEqual([6]);
  });
});

describe('start at login on Linux', () => {
  it('is an entry in the user’s autostart folder, which can be taken away', async () => {
    const file = autostartFile({ XDG_CONFIG_HOME: tempFolder() }, '/home/ann');
    await setAutostart(true, file, '/opt/Light batch/lightbatch', systemClock);
    expect(readFileSync(file, 'utf8')).toMatch(
      /^\[Desktop Entry\]\n[^]*\nExec="\/opt\/Light batch\/lightbatch" --hidden\n/,
    );
    await setAutostart(false, file, '', systemClock);
    await setAutostart(false, file, '', systemClock);
    expect(existsSync(file)).toBe(false);
  });

  it('finds the folder where the system has it', () => {
    expect(autostartFile({}, '/home/ann')).toBe('/home/ann/.config/autostart/lightbatch.desktop');
    expect(autostartFile({ XDG_CONFIG_HOME: '' }, '/home/ann')).toBe('/home/ann/.config/autostart/lightbatch.desktop');
  });

  it('names any program so that nothing in its path is run or replaced', () => {
    expect(autostartEntry('/a"b$c`d\\e%f')).toContain('Exec="/a\\\\"b\\\\$c\\\\`d\\\\\\\\e%%f" --hidden');
  });
});
