// Opening a photo that may still be in the making: whether somebody else has it open for writing, where the system tells.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { systemCode } from '../domain/failure.ts';

// A named pipe is opened at once instead of waiting for a writer. Windows has no such flag.
const READ_ONLY = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/** How files are opened; tests give the answers of another system. */
export interface Opening {
  readonly platform: NodeJS.Platform;
  readonly open: (path: string, flags: string | number) => Promise<FileHandle>;
}

export const systemOpening: Opening = { platform: process.platform, open };

/**
 * Opens a photo for reading; `locked` when a program on Windows keeps others from it, as most do while they write.
 * There it is opened for writing, too, and closed again with nothing written: a writer that lets others read is found by
 * no other way. Only a sharing violation (EBUSY) tells of a writer: a photo that the camera protected, or one on a
 * share that may only be read, refuses with EPERM or EACCES for ever.
 * @throws the system's error
 */
export async function openPhoto(path: string, { platform, open: openFile }: Opening): Promise<FileHandle | 'locked'> {
  try {
    if (platform === 'win32') await tryToWrite(path, openFile);
    return await openFile(path, READ_ONLY);
  } catch (error) {
    if (systemCode(error) === 'EBUSY') return 'locked';
    throw error;
  }
}

async function tryToWrite(path: string, openFile: Opening['open']): Promise<void> {
  try {
    await (await openFile(path, 'r+')).close();
  } catch (error) {
    if (systemCode(error) === 'EBUSY') throw error;
    // Not to be written by us: reading tells whether it can be read.
  }
}
