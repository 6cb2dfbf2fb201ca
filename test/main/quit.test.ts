// The way out: what is asked, what is awaited, and who may hurry.
import { describe, expect, it } from 'vitest';
import { GRACE_MS, type QuitAnswer, quitQuestion, Quitter, SHUTDOWN_GRACE_MS } from '../../main/quit.ts';
import type { Status } from '../../main/status.ts';
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
    });
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
    log,
  });
  return {
    quitter: made,
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

  it('again while the core is stopping ends at once, and once', async () => {
    const { quitter: made, calls, stopped } = quitter(statusOf());
    const first = made.request();
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

describe('a system that goes down', () => {
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
