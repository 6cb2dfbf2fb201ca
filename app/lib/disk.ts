// How much room there is on the disk of a path.
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Disk {
  /** Bytes free to this user on the disk of a path, or of its nearest folder that exists. */
  freeBytes(path: string): Promise<number>;
}

export const systemDisk: Disk = {
  async freeBytes(path) {
    for (let at = path; ; at = dirname(at)) {
      try {
        const { bavail, bsize } = await statfs(at);
        return bavail * bsize;
      } catch (error) {
        const missing =
          error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
        if (!missing || dirname(at) === at) throw error;
      }
    }
  },
};
