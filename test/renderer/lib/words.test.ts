import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_PARAMETERS } from '../../../app/domain/parameters.ts';
import { keyKeeping, keyPlace } from '../../../renderer/lib/key-text.ts';
import { moveInList } from '../../../renderer/lib/list-keys.ts';
import { exampleName } from '../../../renderer/lib/naming-example.ts';
import { shortcut } from '../../../renderer/lib/shortcuts.ts';
import { AT } from '../samples.ts';

describe('the example of a name', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is what the template makes of a photo', () => {
    expect(exampleName('{name}_enhanced.{ext}', DEFAULT_PARAMETERS, AT)).toBe('IMG_0421_enhanced.jpg');
    expect(exampleName('{date} {batch} {name} {resolution} {seed} {steps}.{ext}', DEFAULT_PARAMETERS, AT)).toBe(
      '2026-11-22 Wedding IMG_0421 4MP 123456 30.jpg',
    );
  });

  it.each([
    ['Pacific/Auckland', '2026-11-23'],
    ['Pacific/Honolulu', '2026-11-22'],
  ])('has the day at this place, as results have: in %s %s', (zone, day) => {
    vi.stubEnv('TZ', zone);
    expect(exampleName('{date}_{name}.{ext}', DEFAULT_PARAMETERS, AT)).toBe(`${day}_IMG_0421.jpg`);
  });

  it('is not there for a template that cannot be used', () => {
    expect(exampleName('{nam}.{ext}', DEFAULT_PARAMETERS, AT)).toBeNull();
  });
});

describe('where a key is kept', () => {
  it('is told by the name that it has on each system', () => {
    expect(keyKeeping(true, 'darwin')).toMatch(/keychain of this Mac/);
    expect(keyKeeping(true, 'win32')).toMatch(/Windows/);
    expect(keyPlace('keyring', 'linux')).toBe('Kept in the keyring of this computer');
  });

  it('is told to be memory alone before a key is given on a system without a keyring', () => {
    expect(keyKeeping(false, 'linux')).toMatch(/no keyring.*until you quit/);
    expect(keyPlace('session', 'linux')).toMatch(/until you quit/);
  });
});

describe('keys', () => {
  it('are written as on the user’s system', () => {
    expect(shortcut('linux', 'N')).toBe('Ctrl+N');
    expect(shortcut('win32', 'O', { shift: true })).toBe('Ctrl+Shift+O');
    expect(shortcut('darwin', 'O', { shift: true })).toBe('⇧⌘O');
  });

  it('move in a list and stop at its ends', () => {
    expect(moveInList('ArrowDown', 0, 3)).toBe(1);
    expect(moveInList('ArrowDown', 2, 3)).toBe(2);
    expect(moveInList('ArrowUp', 0, 3)).toBe(0);
    expect(moveInList('Home', 2, 3)).toBe(0);
    expect(moveInList('End', 0, 3)).toBe(2);
    expect(moveInList('a', 0, 3)).toBeNull();
  });
});
