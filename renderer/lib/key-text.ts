// Where an API key is kept, said before it is given and after.
import type { KeyKept } from '../../app/contract/values.ts';

function keyringOf(platform: string | undefined): string {
  if (platform === 'darwin') return 'the keychain of this Mac';
  return platform === 'win32' ? 'Windows, encrypted for your account' : 'the keyring of this computer';
}

/** What will become of a key: one sentence. */
export function keyKeeping(canKeep: boolean, platform: string | undefined): string {
  if (canKeep) return `It is kept in ${keyringOf(platform)}.`;
  return 'This computer has no keyring, so the key is kept in memory only, until you quit.';
}

/** Where a key is now. */
export function keyPlace(kept: KeyKept, platform: string | undefined): string {
  return kept === 'keyring' ? `Kept in ${keyringOf(platform)}` : 'In memory only, until you quit';
}
