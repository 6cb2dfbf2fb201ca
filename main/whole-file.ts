// Small files of the shell's own, whole or not there, readable by the user alone.
import { chmod } from 'node:fs/promises';
import { PartFile, publish } from '../app/lib/atomic-write.ts';
import type { Clock } from '../app/lib/clock.ts';

/**
 * Writes a file in the place of the one of that name.
 * @throws system errors; then the file of before is still there
 */
export async function writeWhole(path: string, bytes: Uint8Array, clock: Clock): Promise<void> {
  const part = await PartFile.create(`${path}.part`);
  try {
    await chmod(part.path, 0o600); // before a byte is in it
    await part.write(bytes);
    await part.finish();
  } catch (error) {
    await part.discard().catch(() => undefined); // the first error is the one to tell
    throw error;
  }
  await publish(part.path, path, { replace: true, clock });
}
