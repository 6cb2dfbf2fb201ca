// Opening a photo that may still be in the making: whether somebody else has it open for writing, where the system tells.
import { close, constants, open, read } from 'node:fs';
import { systemCode } from '../domain/failure.ts';

// A named pipe is opened at once instead of waiting for a writer. Windows has no such flag.
const READ_ONLY = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/** A file that is open for reading. By callbacks: those of `node:fs/promises` take three times as long, by thousands. */
export interface OpenFile {
  /**
   * Reads from an offset into the beginning of a buffer.
   * @returns bytes read; fewer than there is room for, perhaps, and 0 only at the end of the file
   * @throws the system's error
   */
  read(into: Uint8Array, at: number): Promise<number>;
  /** Never rejects: nothing was written through it, so a close that fails loses nothing. */
  close(): Promise<void>;
}

/** How files are opened; tests give the answers of another system. */
export interface Opening {
  readonly platform: NodeJS.Platform;
  readonly open: (path: string, flags: string | number) => Promise<OpenFile>;
}

export const systemOpening: Opening = { platform: process.platform, open: openFile };

/**
 * Opens a photo for reading; `locked` when a program on Windows keeps others from it, as most do while they write.
 * There it is opened for writing, too, and closed again with nothing written: a writer that lets others read is found by
 * no other way. Only a sharing violation (EBUSY) tells of a writer: a photo that the camera protected, or one on a
 * share that may only be read, refuses with EPERM or EACCES for ever.
 * @throws the system's error
 */
export async function openPhoto(path: string, opening: Opening): Promise<OpenFile | 'locked'> {
  try {
    if (opening.platform === 'win32') await tryToWrite(path, opening);
    return await opening.open(path, READ_ONLY);
  } catch (error) {
    if (systemCode(error) === 'EBUSY') return 'locked';
    throw error;
  }
}

async function tryToWrite(path: string, opening: Opening): Promise<void> {
  try {
    await (await opening.open(path, 'r+')).close();
  } catch (error) {
    if (systemCode(error) === 'EBUSY') throw error;
    // Not to be written by us: reading tells whether it can be read.
  }
}

/** @throws the system's error */
export function openFile(path: string, flags: string | number): Promise<OpenFile> {
  return new Promise((opened, failed) => {
    open(path, flags, (error, fd) => {
      if (error === null) opened(fileOf(fd));
      else failed(error);
    });
  });
}

function fileOf(fd: number): OpenFile {
  return {
    read: (into, at) =>
      new Promise((done, failed) => {
        read(fd, into, 0, into.length, at, (error, bytes) => {
          if (error === null) done(bytes);
          else failed(error);
        });
      }),
    close: () => new Promise((done) => close(fd, () => done())),
  };
}
