// Small file systems of their own, for what only a real one shows: full, read-only. Needs root on Linux.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no file system can be mounted here; null when one can. */
export function whyNoMounts(): string | null {
  if (process.platform !== 'linux') return 'mounting needs Linux';
  if (process.getuid?.() !== 0) return 'mounting needs root';
  try {
    new TemporaryDisk(1)[Symbol.dispose]();
    return null;
  } catch (error) {
    return `mounting is not allowed here: ${String(error)}`;
  }
}

/** An empty disk of some megabytes, in memory. */
export class TemporaryDisk implements Disposable {
  readonly dir: string;

  constructor(megabytes: number) {
    this.dir = mkdtempSync(join(tmpdir(), 'lightbatch-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'none', this.dir], { stdio: 'pipe' });
  }

  makeReadOnly(): void {
    execFileSync('mount', ['-o', 'remount,ro', this.dir], { stdio: 'pipe' });
  }

  makeWritable(): void {
    execFileSync('mount', ['-o', 'remount,rw', this.dir], { stdio: 'pipe' });
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['-l', this.dir], { stdio: 'pipe' });
    rmSync(this.dir, { recursive: true, force: true });
  }
}
