// The one door between window and core: who may knock, with what, and what comes out.
import { describe, expect, it, vi } from 'vitest';
import type { Answer, Handlers } from '../../app/contract.ts';
import { COMMANDS } from '../../app/contract.ts';
import { FailureError, failure } from '../../app/domain/failure.ts';
import { CALL, DROP } from '../../main/channels.ts';
import { type IpcOptions, serveIpc } from '../../main/ipc.ts';
import { recordingLog } from './support.ts';

type Listener = Parameters<Parameters<typeof serveIpc>[0]['handle']>[1];

const KEY = 'SG_0123456789abcdef0123456789abcdef';

function served(options: Partial<IpcOptions> & { handler?: (name: string, input: unknown) => unknown } = {}) {
  const listeners = new Map<string, Listener>();
  const log = recordingLog();
  const { handler = () => null, ...rest } = options;
  const handlers = Object.fromEntries(
    Object.keys(COMMANDS).map((name) => [name, (input: unknown) => handler(name, input)]),
  ) as unknown as Handlers;
  serveIpc(
    { handle: (channel, listener) => void listeners.set(channel, listener) },
    { handlers, intakeOf: () => 7, isTrusted: () => true, onPageReady: () => undefined, log, ...rest },
  );
  const ask = (channel: string, ...args: unknown[]) =>
    listeners.get(channel)?.({ senderFrame: { url: 'app://ui/' } } as never, ...args) as Promise<Answer<unknown>>;
  return { ask, log, channels: [...listeners.keys()] };
}

function codeOf(answer: Answer<unknown>): string {
  return answer.ok ? 'ok' : answer.failure.code;
}

describe('a request of the window', () => {
  it('finds two channels and no more', () => {
    expect(served().channels).toEqual([CALL, DROP]);
  });

  it('reaches its handler, parsed, and comes back as a value', async () => {
    const handler = vi.fn(() => ({ id: 5 }));
    const { ask } = served({ handler });
    expect(await ask(CALL, 'batches.rename', { id: 5, name: '  Wedding ' })).toEqual({ ok: true, value: { id: 5 } });
    expect(handler).toHaveBeenCalledExactlyOnceWith('batches.rename', { id: 5, name: 'Wedding' });
  });

  it.each(Object.keys(COMMANDS))('does not reach %s with an input that its schema does not know', async (name) => {
    const handler = vi.fn();
    const { ask } = served({ handler });
    expect(codeOf(await ask(CALL, name, { path: '/etc/passwd' }))).toBe('bad_request');
    expect(handler).not.toHaveBeenCalled();
  });

  it.each(['nope', 'constructor', '__proto__', 'toString', '', 5, null, undefined, ['app.open'], {}])(
    'is refused when it names no command of the contract: %j',
    async (name) => {
      const handler = vi.fn();
      const { ask } = served({ handler });
      expect(codeOf(await ask(CALL, name, undefined))).toBe('bad_request');
      expect(handler).not.toHaveBeenCalled();
    },
  );

  it('is refused, and told nothing, when it does not come from our page', async () => {
    const handler = vi.fn(() => 'secret');
    const intakeOf = vi.fn(() => 1);
    const { ask, log } = served({ handler, intakeOf, isTrusted: () => false });
    expect(codeOf(await ask(CALL, 'app.open', undefined))).toBe('bad_request');
    expect(codeOf(await ask(DROP, ['/a.jpg']))).toBe('bad_request');
    expect(handler).not.toHaveBeenCalled();
    expect(intakeOf).not.toHaveBeenCalled();
    expect(log.lines.map(({ event }) => event)).toEqual(['ipc.stranger', 'ipc.stranger']);
  });
});

describe('what a handler throws', () => {
  it('arrives as the failure it is', async () => {
    const { ask } = served({
      handler: () => {
        throw new FailureError(failure('no_credits'));
      },
    });
    expect(await ask(CALL, 'queue.resume', undefined)).toEqual({ ok: false, failure: failure('no_credits') });
  });

  it('arrives without its stack, which goes to the log, and without a key', async () => {
    const { ask, log } = served({ handler: () => Promise.reject(new TypeError(`cannot read ${KEY}`)) });
    const answer = await ask(CALL, 'queue.state', undefined);
    expect(codeOf(answer)).toBe('internal');
    expect(JSON.stringify(answer)).not.toMatch(/ipc\.test|SG_0/);
    expect(log.lines[0]).toMatchObject({ level: 'error', event: 'ipc.failed', fields: { what: 'queue.state' } });
    expect(log.lines[0]?.fields['stack']).toContain('ipc.test');
    expect(JSON.stringify(log.lines)).not.toContain(KEY);
  });

  it('is understood whatever it is', async () => {
    const { ask } = served({
      handler: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- libraries do
        throw 'just a word';
      },
    });
    expect(codeOf(await ask(CALL, 'queue.state', undefined))).toBe('internal');
  });
});

describe('a key on its way in', () => {
  it('is repeated by no answer and no log, even when its command is refused', async () => {
    const { ask, log } = served();
    for (const input of [{ key: KEY, extra: KEY }, { [KEY]: KEY }, KEY, { key: KEY.repeat(20) }]) {
      const answer = await ask(CALL, 'service.setKey', input);
      expect(codeOf(answer)).toBe('bad_request');
      expect(JSON.stringify(answer)).not.toContain('0123456789abcdef');
    }
    expect(JSON.stringify(log.lines)).not.toContain('0123456789abcdef');
  });
});

describe('the first question of a page', () => {
  it('says that it listens, once it has its answer', async () => {
    const order: string[] = [];
    const { ask } = served({ handler: (name) => order.push(name), onPageReady: () => order.push('listens') });
    await ask(CALL, 'queue.state', undefined);
    await ask(CALL, 'app.open', undefined);
    expect(order).toEqual(['queue.state', 'app.open', 'listens']);
  });
});

describe('dropped files', () => {
  it('become an intake', async () => {
    const intakeOf = vi.fn(() => 7);
    const { ask } = served({ intakeOf });
    expect(await ask(DROP, ['/photos/a.jpg', '/photos/b'])).toEqual({ ok: true, value: { id: 7 } });
    expect(intakeOf).toHaveBeenCalledExactlyOnceWith(['/photos/a.jpg', '/photos/b']);
  });

  it('are none when no path of this machine is among them', async () => {
    const intakeOf = vi.fn(() => 7);
    const { ask } = served({ intakeOf });
    for (const paths of [[], ['relative.jpg'], [5, null, '/a\0b']]) {
      expect(await ask(DROP, paths)).toEqual({ ok: true, value: null });
    }
    expect(codeOf(await ask(DROP, '/a.jpg'))).toBe('bad_request');
    expect(intakeOf).not.toHaveBeenCalled();
  });

  it('that cannot be taken are a failure', async () => {
    const { ask } = served({
      intakeOf: () => {
        throw new FailureError(failure('internal', { detail: 'not now' }));
      },
    });
    expect(codeOf(await ask(DROP, ['/a.jpg']))).toBe('internal');
  });
});
