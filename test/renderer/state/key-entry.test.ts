import { describe, expect, it } from 'vitest';
import type { ServiceState } from '../../../app/contract/values.ts';
import { failure } from '../../../app/domain/failure.ts';
import { CommandError } from '../../../renderer/bridge.ts';
import { KeyEntry } from '../../../renderer/state/key-entry.svelte.ts';
import { appState } from '../samples.ts';

const { service } = appState();

describe('a key that is being given', () => {
  it('is checked without the spaces that came with it, and is not kept once it was accepted', async () => {
    const checked: string[] = [];
    const entry = new KeyEntry((key) => {
      checked.push(key);
      return Promise.resolve(service);
    });
    await entry.paste('  SG_1234\n');
    expect(checked).toEqual(['SG_1234']);
    expect(entry.accepted).toEqual(service);
    expect(entry.text).toBe('');
  });

  it('stays to be mended when it was refused, until something else is typed', async () => {
    const entry = new KeyEntry(() => Promise.reject(new CommandError(failure('bad_key'))));
    await entry.paste('SG_wrong');
    expect(entry.failure?.code).toBe('bad_key');
    expect(entry.text).toBe('SG_wrong');
    expect(entry.busy).toBe(false);
    entry.type('SG_other');
    expect(entry.failure).toBeNull();
  });

  it('is checked once, however often Enter is pressed meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<ServiceState>();
    let checks = 0;
    const entry = new KeyEntry(() => {
      checks += 1;
      return promise;
    });
    entry.type('SG_1234');
    const first = entry.submit();
    await entry.submit();
    await entry.paste('SG_5678');
    resolve(service);
    await first;
    expect(checks).toBe(1);
    expect(entry.accepted).not.toBeNull();
  });

  it('is not asked about while there is none', async () => {
    const entry = new KeyEntry(() => Promise.reject(new Error('not to be asked')));
    entry.type('   ');
    await entry.submit();
    expect(entry.failure).toBeNull();
  });

  it('is told as a defect when the check breaks in an unknown way', async () => {
    const entry = new KeyEntry(() => Promise.reject(new Error('what')));
    await entry.paste('SG_1234');
    expect(entry.failure?.code).toBe('internal');
  });
});
