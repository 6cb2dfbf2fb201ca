// When the machine is kept awake, and what happens when it wakes.
import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Power, type PowerOptions } from '../../main/power.ts';
import { ManualClock } from '../fakes/clock.ts';
import { statusOf, watchStatus } from './support.ts';

function powered() {
  const calls: string[] = [];
  const monitor = new EventEmitter();
  const clock = new ManualClock();
  const net = { online: true };
  const power = new Power({
    blocker: {
      start: (type) => {
        calls.push(`start ${type}`);
        return 3;
      },
      stop: (id) => {
        calls.push(`stop ${id}`);
        return true;
      },
    },
    monitor: monitor as unknown as PowerOptions['monitor'],
    isOnline: () => net.online,
    clock,
    onWake: () => calls.push('wake'),
    onShutdown: () => calls.push('shutdown'),
  });
  onTestFinished(() => power[Symbol.dispose]());
  return { power, calls, monitor, clock, net };
}

describe('the machine', () => {
  it('is kept from sleeping once for as long as photos are at work', () => {
    const { power, calls } = powered();
    power.update(statusOf());
    power.update(statusOf({ unfinished: 2 }));
    power.update(statusOf({ unfinished: 1 }));
    expect(calls).toEqual(['start prevent-app-suspension']);
    power.update(statusOf());
    power.update(statusOf());
    expect(calls).toEqual(['start prevent-app-suspension', 'stop 3']);
  });

  it('may sleep while folders are only watched', () => {
    const { power, calls } = powered();
    const watching = watchStatus({ folders: 2, photosToday: 14, waiting: 300 });
    power.update(statusOf({ watching }));
    expect(calls).toEqual([]);
    power.update(statusOf({ unfinished: 1, watching }));
    power.update(statusOf({ watching }));
    expect(calls).toEqual(['start prevent-app-suspension', 'stop 3']);
  });

  it('is kept awake by a paid result even while the queue is paused', () => {
    const { power, calls } = powered();
    power.update(statusOf({ unfinished: 9 }, { paused: true, atService: 1 }));
    expect(calls).toEqual(['start prevent-app-suspension']);
    power.update(statusOf({ unfinished: 8 }, { paused: true }));
    expect(calls).toEqual(['start prevent-app-suspension', 'stop 3']);
  });

  it.each(['resume', 'unlock-screen'])('has the service asked at once on %s', (event) => {
    const { calls, monitor } = powered();
    monitor.emit(event);
    expect(calls).toEqual(['wake']);
  });

  it('has the app end quickly when it is shut down, and waits for it', () => {
    const { calls, monitor } = powered();
    monitor.emit('shutdown', { preventDefault: () => calls.push('wait') });
    expect(calls).toEqual(['wait', 'shutdown']);
  });
});

describe('a service out of reach', () => {
  const held = statusOf({ unfinished: 2, running: false }, { heldUntil: 1 });

  it('is asked at once when the network comes back, and not before', () => {
    const { power, calls, clock, net } = powered();
    net.online = false;
    power.update(held);
    clock.advance(10_000);
    expect(calls).toEqual([]);
    net.online = true;
    clock.advance(2_000);
    expect(calls).toEqual(['wake']);
    power.update(held);
    clock.advance(60_000);
    expect(calls).toEqual(['wake']);
  });

  it('costs no timer once it is in reach', () => {
    const { power, clock } = powered();
    power.update(held);
    power.update(held);
    expect(clock.pending).toBe(1);
    power.update(statusOf({ unfinished: 2 }));
    expect(clock.pending).toBe(0);
  });

  it('costs no timer after the end', () => {
    const { power, clock, calls } = powered();
    power.update({ ...held, running: true });
    power[Symbol.dispose]();
    expect(clock.pending).toBe(0);
    expect(calls).toEqual(['start prevent-app-suspension', 'stop 3']);
  });
});
