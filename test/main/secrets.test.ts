// The key between runs: kept only where the system encrypts it, and never lost to a keyring that is locked for a while.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type Encryption, keyVault } from '../../main/secrets.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { recordingLog, tempFolder } from './support.ts';

const KEY = 'SG_0123456789abcdef';

const turned = (text: string) => Array.from(text).reverse().join('');

/** A keyring that turns a text around, and writes a version before it. */
function vaultOf(encryption: Partial<Encryption> = {}, platform: NodeJS.Platform = 'linux') {
  const dataDir = tempFolder();
  const log = recordingLog();
  const working: Encryption = {
    getSelectedStorageBackend: () => 'gnome_libsecret',
    isAsyncEncryptionAvailable: () => Promise.resolve(true),
    encryptStringAsync: (text) => Promise.resolve(Buffer.from(`v2${turned(text)}`)),
    decryptStringAsync: (bytes) => {
      const text = bytes.toString();
      return Promise.resolve({ result: turned(text.slice(2)), shouldReEncrypt: text.startsWith('v1') });
    },
  };
  const ring = { ...working, ...encryption };
  const open = (other: Partial<Encryption> = {}) =>
    keyVault({ dataDir, encryption: { ...ring, ...other }, platform, clock: systemClock, log });
  return { vault: open(), open, path: join(dataDir, 'key.bin'), log };
}

describe('a key', () => {
  it('is kept encrypted, for this user alone, and found again', async () => {
    const { vault, open, path } = vaultOf();
    expect(await vault.load()).toBeNull();
    await vault.keep(KEY);
    expect(readFileSync(path, 'utf8')).not.toContain(KEY);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await open().load()).toBe(KEY);
  });

  it('gives way to a newer one, and is gone when forgotten', async () => {
    const { vault, path } = vaultOf();
    await vault.keep(KEY);
    await vault.keep('SG_other');
    expect(await vault.load()).toBe('SG_other');
    await vault.forget();
    await vault.forget();
    expect(existsSync(path)).toBe(false);
    expect(await vault.load()).toBeNull();
  });

  it('is encrypted anew when the keyring wants that', async () => {
    const { vault, path } = vaultOf();
    writeFileSync(path, `v1${turned(KEY)}`);
    expect(await vault.load()).toBe(KEY);
    expect(readFileSync(path, 'utf8')).toMatch(/^v2/);
    expect(await vault.load()).toBe(KEY);
  });

  it('is there all the same when encrypting it anew fails', async () => {
    const { vault, path, log } = vaultOf({ encryptStringAsync: () => Promise.reject(new Error('busy')) });
    writeFileSync(path, `v1${turned(KEY)}`);
    expect(await vault.load()).toBe(KEY);
    expect(log.lines).toMatchObject([{ event: 'key.reencrypt' }]);
  });

  it('survives a keyring that is locked for a while', async () => {
    const { vault, open, log } = vaultOf();
    await vault.keep(KEY);
    expect(await open({ decryptStringAsync: () => Promise.reject(new Error('locked')) }).load()).toBeNull();
    expect(await open({ isAsyncEncryptionAvailable: () => Promise.resolve(false) }).load()).toBeNull();
    expect(await open().load()).toBe(KEY);
    expect(JSON.stringify(log.lines)).not.toContain(KEY);
  });

  it('that cannot be encrypted leaves the one of before', async () => {
    const { vault, open } = vaultOf();
    await vault.keep(KEY);
    const failing = open({ encryptStringAsync: () => Promise.reject(new Error('denied')) });
    await expect(failing.keep('SG_other')).rejects.toThrow('denied');
    expect(await vault.load()).toBe(KEY);
  });
});

describe('without a keyring', () => {
  it.each(['basic_text', 'unknown'] as const)(
    'nothing is kept, and no encryption is even tried: %s',
    async (backend) => {
      const untouched = vi.fn(() => Promise.reject(new Error('must not be asked')));
      const { vault, path } = vaultOf({
        getSelectedStorageBackend: () => backend,
        isAsyncEncryptionAvailable: untouched,
        encryptStringAsync: untouched,
        decryptStringAsync: untouched,
      });
      expect(await vault.canKeep()).toBe(false);
      await expect(vault.keep(KEY)).rejects.toThrow('no keyring');
      expect(existsSync(path)).toBe(false);
      writeFileSync(path, 'v2x');
      expect(await vault.load()).toBeNull();
      expect(untouched).not.toHaveBeenCalled();
    },
  );

  it('macOS and Windows are not asked for a backend, which only Linux has', async () => {
    const getSelectedStorageBackend = vi.fn(() => 'basic_text' as const);
    for (const platform of ['darwin', 'win32'] as const) {
      expect(await vaultOf({ getSelectedStorageBackend }, platform).vault.canKeep()).toBe(true);
    }
    expect(getSelectedStorageBackend).not.toHaveBeenCalled();
  });

  it.each<Partial<Encryption>>([
    { isAsyncEncryptionAvailable: () => Promise.reject(new Error('dbus')) },
    {
      getSelectedStorageBackend: () => {
        throw new TypeError('not a function');
      },
    },
  ])('a keyring that fails to answer is none', async (encryption) => {
    const { vault, log } = vaultOf(encryption);
    expect(await vault.canKeep()).toBe(false);
    expect(log.lines).toMatchObject([{ event: 'key.keyring' }]);
  });
});
