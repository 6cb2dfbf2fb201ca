// The way out: what is asked, what is awaited, and who may hurry.
import { describe, expect, it } from 'vitest';
import {
  closeHides,
  GRACE_MS,
  type QuitAnswer,
  quitQuestion,
  Quitter,
  SECOND_WISH_MS,
  SHUTDOWN_GRACE_MS,
  STOP_LIMIT_MS,
} from '../../main/quit.ts';
import type { Status } from '../../app/backend/backend.ts';
import { failure } from '../../app/domain/failure.ts';
import { ManualClock } from '../fakes/clock.ts';
import { recordingLog, statusOf } from './support.ts';

const RUNNING = statusOf({ unfinished: 300 }, { atService: 12 });

describe('the question before the end', () => {
  it('is not asked when nothing is at work', () => {
    for (const status of [
      statusOf(),
      statusOf({ queue: null, running: false }),
      statusOf({ unfinished: 5 }, { paused: true }),
      statusOf({ unfinished: 5, running: false }),
    ]) {
      expect(quitQuestion(status)).toBeNull();
    }
  });

  it('says how many photos are at the service, how many wait, and that nothing is lost', () => {
    expect(quitQuestion(RUNNING)).toEqual({
      message: 'Quit while photos are being enhanced?',
      detail:
        '12 photos are at Segmind. Start Lightbatch again within an hour, and their results are fetched without being paid for again. ' +
        '288 photos wait and will go on then. Nothing is lost.',
      buttons: ['Quit', 'Keep Running in the Background', 'Cancel'],
      advised: 'keep',
    });
  });

  it('names what is paid for at a service that is not in use, and then does not say that nothing is lost', () => {
    const owed = { here: 0, elsewhere: 8 };
    const question = quitQuestion(statusOf({ unfinished: 2, practice: true, owed }));
    expect(question?.detail).toBe(
      '2 photos wait and will go on then. 8 photos are at Segmind, and may be paid for: their results can be fetched ' +
        'only for an hour after sending, and only while Segmind is in use.',
    );
  });

  it.each([
    ['practice is in use', statusOf({ practice: true, owed: { here: 0, elsewhere: 1 } })],
    ['the key was forgotten', statusOf({ queue: null, running: false, owed: { here: 0, elsewhere: 1 } })],
  ])('is asked for what nobody fetches while %s, and advises to stay', (_, status) => {
    expect(quitQuestion(status)).toEqual({
      message: 'Quit while photos are at Segmind?',
      detail:
        '1 photo is at Segmind, and may be paid for: its result can be fetched only for an hour after sending, and only ' +
        'while Segmind is in use. To fetch it first, choose Cancel, and use Segmind.',
      buttons: ['Quit', 'Keep Running in the Background', 'Cancel'],
      advised: 'cancel',
    });
  });

  it('is asked for paid pictures that are not saved yet, however the queue is', () => {
    const owed = { here: 3, elsewhere: 0 };
    const asked = (queue: Parameters<typeof statusOf>[1]) =>
      quitQuestion(statusOf({ unfinished: 5, running: false, owed }, queue));
    const fetched =
      '3 photos are at Segmind. Start Lightbatch again within an hour, and their results are fetched without being paid for again.';
    expect(asked({ paused: true })).toMatchObject({
      message: 'Quit while photos are at Segmind?',
      detail: `${fetched} 2 photos wait, and go on when you resume. Nothing is lost.`,
      advised: 'keep',
    });
    expect(asked({ stopped: failure('disk_full') })?.detail).toBe(
      `${fetched} The queue stopped: what stopped it must be mended by then. 2 photos wait and will go on then.`,
    );
    const held = { folder: '/drive', photos: 3, failure: failure('output_unwritable'), retryAt: 1 };
    expect(asked({ paused: true, heldFolders: [held] })?.detail).toContain(
      `${fetched} Pictures for an output folder that cannot be written to are fetched when it can be.`,
    );
  });

  it('speaks of one photo as of one, and of practice as of practice', () => {
    const one = quitQuestion(statusOf({ unfinished: 2, practice: true }, { atService: 1 }));
    expect(one?.detail).toBe(
      '1 photo is at the practice service. Start Lightbatch again within an hour, and its result is fetched. ' +
        '1 photo waits and will go on then. Nothing is lost.',
    );
    expect(quitQuestion(statusOf({ unfinished: 2 }))?.detail).toBe(
      '2 photos wait and will go on then. Nothing is lost.',
    );
  });
});

function quitter(status: Status, answer: QuitAnswer | Promise<QuitAnswer> = 'quit') {
  const calls: string[] = [];
  const log = recordingLog();
  const clock = new ManualClock();
  const stopping = Promise.withResolvers<undefined>();
  const made = new Quitter({
    status: () => status,
    ask: () => {
      calls.push('ask');
      return Promise.resolve(answer);
    },
    keepRunning: () => calls.push('keep'),
    stop: (graceMs) => {
      calls.push(`stop ${graceMs}`);
      return stopping.promise;
    },
    exit: () => calls.push('exit'),
    clock,
    log,
  });
  return {
    quitter: made,
    clock,
    calls,
    log,
    stopped: () => stopping.resolve(undefined),
    broken: () => stopping.reject(new Error('disk')),
  };
}

describe('quitting', () => {
  it('with nothing at work asks nothing, waits for the core, and ends', async () => {
    const { quitter: made, calls, stopped } = quitter(statusOf());
    const done = made.request();
    expect(made.isEnding).toBe(true);
    expect(made.isGone).toBe(false);
    stopped();
    await done;
    expect(calls).toEqual([`stop ${GRACE_MS}`, 'exit']);
    expect(made.isGone).toBe(true);
  });

  it('can be called off', async () => {
    const { quitter: made, calls } = quitter(RUNNING, 'cancel');
    await made.request();
    expect(calls).toEqual(['ask']);
    expect(made.isEnding).toBe(false);
    await made.request();
    expect(calls).toEqual(['ask', 'ask']);
  });

  it('can become going on in the background', async () => {
    const { quitter: made, calls } = quitter(RUNNING, 'keep');
    await made.request();
    expect(calls).toEqual(['ask', 'keep']);
  });

  it('twice asks one question', async () => {
    const answer = Promise.withResolvers<QuitAnswer>();
    const { quitter: made, calls, stopped } = quitter(RUNNING, answer.promise);
    const first = made.request();
    await made.request();
    expect(calls).toEqual(['ask']);
    answer.resolve('quit');
    stopped();
    await first;
    expect(calls).toEqual(['ask', `stop ${GRACE_MS}`, 'exit']);
  });

  it('again while the core is stopping ends at once, and once, for a user who means it', async () => {
    const { quitter: made, calls, clock, stopped } = quitter(statusOf());
    const first = made.request();
    clock.advance(SECOND_WISH_MS - 1);
    await made.request();
    expect(calls).toEqual([`stop ${GRACE_MS}`]); // the same wish, heard twice
    clock.advance(1);
    await made.request();
    expect(calls).toEqual([`stop ${GRACE_MS}`, 'exit']);
    stopped();
    await first;
    expect(calls).toEqual([`stop ${GRACE_MS}`, 'exit']);
  });

  it('ends even when the core cannot be stopped in order', async () => {
    const { quitter: made, calls, log, broken } = quitter(statusOf());
    const done = made.request();
    broken();
    await done;
    expect(calls).toEqual([`stop ${GRACE_MS}`, 'exit']);
    expect(log.lines).toMatchObject([{ event: 'quit.stop' }]);
  });

  it('ends even when its question cannot be shown', async () => {
    const { quitter: made, calls, stopped } = quitter(RUNNING, Promise.reject(new Error('no screen')));
    stopped();
    await made.request();
    expect(calls).toEqual(['ask', `stop ${GRACE_MS}`, 'exit']);
  });
});

describe('a core that does not stop', () => {
  it.each(['request', 'now'] as const)('is waited for a little beyond its grace and no longer: %s', async (way) => {
    const { quitter: made, calls, clock, log } = quitter(statusOf());
    const grace = way === 'now' ? SHUTDOWN_GRACE_MS : GRACE_MS;
    const done = made[way]();
    clock.advance(grace + STOP_LIMIT_MS - 1);
    expect(made.isGone).toBe(false);
    clock.advance(1);
    await done;
    expect(calls).toEqual([`stop ${grace}`, 'exit']);
    expect(log.lines).toMatchObject([{ event: 'quit.late' }]);
  });

  it('leaves no timer behind when it stops in time', async () => {
    const { quitter: made, clock, log, stopped } = quitter(statusOf());
    stopped();
    await made.request();
    expect(clock.pending).toBe(0);
    expect(log.lines).toEqual([]);
  });
});

describe('the button that closes the window', () => {
  it('quits, but on macOS and in the tray the app stays', () => {
    expect(closeHides('win32', false)).toBe(false);
    expect(closeHides('linux', false)).toBe(false);
    expect(closeHides('linux', true)).toBe(true);
    expect(closeHides('darwin', false)).toBe(true);
  });
});

describe('a system that goes down', () => {
  it.each([20, 4_000])('asks to quit as well, %i ms later, and cuts nothing short by that', async (later) => {
    const { quitter: made, calls, clock, stopped } = quitter(RUNNING);
    const down = made.now();
    clock.advance(later);
    await made.request();
    expect(calls).toEqual([`stop ${SHUTDOWN_GRACE_MS}`]);
    expect(made.isBySystem).toBe(true);
    stopped();
    await down;
    await made.request();
    expect(calls).toEqual([`stop ${SHUTDOWN_GRACE_MS}`, 'exit']);
  });

  it('while the app is ending already lets it, and makes its own wish to quit no second one', async () => {
    const { quitter: made, calls, clock, stopped } = quitter(statusOf());
    const first = made.request();
    await made.now();
    clock.advance(SECOND_WISH_MS);
    await made.request();
    expect(calls).toEqual([`stop ${GRACE_MS}`]);
    stopped();
    await first;
    expect(calls).toEqual([`stop ${GRACE_MS}`, 'exit']);
  });

  it('is asked nothing and waited for shortly', async () => {
    const { quitter: made, calls, stopped } = quitter(RUNNING);
    stopped();
    await made.now();
    await made.now();
    expect(calls).toEqual([`stop ${SHUTDOWN_GRACE_MS}`, 'exit']);
  });

  it('overtakes a question that is still on the screen', async () => {
    const answer = Promise.withResolvers<QuitAnswer>();
    const { quitter: made, calls, stopped } = quitter(RUNNING, answer.promise);
    const asking = made.request();
    stopped();
    await made.now();
    answer.resolve('keep');
    await asking;
    expect(calls).toEqual(['ask', `stop ${SHUTDOWN_GRACE_MS}`, 'exit']);
  });
});
