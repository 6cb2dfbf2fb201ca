// The API key between runs: encrypted by the system's keyring, in a file of the data folder. Without a keyring it is not
// kept at all: Chromium's stand-in for one is a password that anybody can read in its source.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SafeStorage } from 'electron';
import type { KeyVault } from '../app/backend/shell.ts';
import { systemCode } from '../app/domain/failure.ts';
import type { Clock } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import { writeWhole } from './whole-file.ts';

export type Encryption = Pick<
  SafeStorage,
  'getSelectedStorageBackend' | 'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync'
>;

export interface VaultOptions {
  readonly dataDir: string;
  readonly encryption: Encryption;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly log: Log;
}

/** A vault in `key.bin`. To be used once the app is ready: before that Electron knows of no keyring. */
export function keyVault(options: VaultOptions): KeyVault {
  const { dataDir, encryption, clock, log } = options;
  const path = join(dataDir, 'key.bin');
  const keep = async (key: string) => writeWhole(path, await encryption.encryptStringAsync(key), clock);

  return {
    canKeep: () => canEncrypt(options),
    keep: async (key) => {
      if (!(await canEncrypt(options))) throw new Error('there is no keyring to keep a key in');
      await keep(key);
    },
    load: async () => {
      const encrypted = await readIfThere(path);
      if (encrypted === null || !(await canEncrypt(options))) return null;
      try {
        const { result, shouldReEncrypt } = await encryption.decryptStringAsync(encrypted);
        if (shouldReEncrypt) await keep(result).catch((error: unknown) => warn(log, 'key.reencrypt', error));
        return result;
      } catch (error) {
        // A locked keyring answers so, too: the file stays, for the next start.
        warn(log, 'key.load', error);
        return null;
      }
    },
    forget: () => rm(path, { force: true }),
  };
}

async function canEncrypt({ encryption, platform, log }: VaultOptions): Promise<boolean> {
  try {
    // Only Linux has systems without a keyring; the answers that are not one come before the keyring is even asked.
    if (platform === 'linux' && ['basic_text', 'unknown'].includes(encryption.getSelectedStorageBackend()))
      return false;
    return await encryption.isAsyncEncryptionAvailable();
  } catch (error) {
    warn(log, 'key.keyring', error);
    return false;
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function warn(log: Log, event: string, error: unknown): void {
  log.warn(event, { error: String(error) });
}
