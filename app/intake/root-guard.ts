// Whether a watched folder is there, is the one it was, and lies on this machine: what no watcher tells.
import type { BigIntStats } from 'node:fs';
import { opendir, statfs } from 'node:fs/promises';
import { failure, systemCode, type Failure } from '../domain/failure.ts';
import { realOf, statOf } from './inputs.ts';

export type RootLook =
  | {
      readonly there: true;
      /**
       * Device and inode: another folder at the same path has another one. Not told apart: drives that give every root the
       * same inode (FAT, tmpfs) and come back under the same device number. Nothing else of a volume that Node tells is
       * both its own and the same from look to look.
       */
      readonly identity: string;
      /** Whether others may change it without this machine being told, so that it has to be looked through. */
      readonly network: boolean;
    }
  | {
      readonly there: false;
      /** `watch_unavailable`, in words for its cause, with the system's reason as its detail. */
      readonly failure: Failure;
    };

/**
 * Looks at a folder: there, readable, which one, and where it lies. Never rejects. It takes as long as the system takes,
 * and a share whose server is gone may hang for minutes and hold one of Node's few threads for file work all that time:
 * look again only after an answer.
 * @param path absolute; links are followed
 */
export async function lookAtRoot(path: string, platform: NodeJS.Platform = process.platform): Promise<RootLook> {
  try {
    const stats = await statOf(path);
    if (!stats.isDirectory()) return away('file', 'There is a file in its place.');
    // Opening alone: `stat` needs no permission to read, and listing 10,000 names every few seconds costs too much. By
    // reading one entry, a share that is gone shows itself.
    const folder = await opendir(path, { bufferSize: 1 });
    try {
      await folder.read();
    } finally {
      await folder.close();
    }
    return { there: true, identity: `${stats.dev}:${stats.ino}`, network: await isNetwork(path, stats, platform) };
  } catch (error) {
    const code = systemCode(error);
    return away(causeOf(code), `${code ?? 'unknown error'}: ${error instanceof Error ? error.message : ''}`);
  }
}

function away(cause: AwayCause, detail: string): RootLook {
  return { there: false, failure: awayFailure(cause, detail) };
}

/** Why a folder is away, as far as the user can do something about it. */
export type AwayCause = 'denied' | 'file' | 'empty' | 'silent' | 'other';

const AGAIN = 'Lightbatch looks for it by itself, and takes what came meanwhile.';
const AWAY: Readonly<Record<Exclude<AwayCause, 'other'>, string>> = {
  denied: `Lightbatch may not read this folder. Allow it in the folder’s permissions or the system’s settings for privacy: ${AGAIN}`,
  file: `There is a file where the folder was. Put the folder back in its place: ${AGAIN}`,
  empty: `The folder is empty, as the place of a drive that is not connected. Connect the drive: ${AGAIN}`,
  silent: `The drive or share of this folder does not answer. Check its connection: ${AGAIN}`,
};

/** `watch_unavailable`, with what helps against its cause. @param detail the technical reason */
export function awayFailure(cause: AwayCause, detail: string): Failure {
  return failure('watch_unavailable', cause === 'other' ? { detail } : { message: AWAY[cause], detail });
}

/** @param code of a system error */
export function causeOf(code: string | null | undefined): AwayCause {
  return code === 'EACCES' || code === 'EPERM' ? 'denied' : 'other';
}

async function isNetwork(path: string, { dev }: BigIntStats, platform: NodeJS.Platform): Promise<boolean> {
  // A drive letter that stands for a share is resolved to the share.
  if (platform === 'win32') return isWindowsShare(path) || isWindowsShare(await realOf(path));
  // macOS numbers its kinds of file systems anew at each start and Node does not tell their names: its shares under
  // /Volumes look like drives, and count as such until polling is chosen.
  if (platform !== 'linux') return false;
  // A file system that does not answer this is none of those below.
  const type = await statfs(path, { bigint: true }).then((stats) => stats.type, () => 0n); // prettier-ignore
  return isNetworkType(BigInt.asUintN(32, type), dev);
}

/** `\\server\share` and its long form, but not `\\?\C:\` and `\\.\`, which are on this machine. */
export function isWindowsShare(path: string): boolean {
  const slashed = path.replaceAll('/', '\\').toUpperCase();
  if (slashed.startsWith('\\\\?\\UNC\\')) return true;
  return slashed.startsWith('\\\\') && !slashed.startsWith('\\\\?\\') && !slashed.startsWith('\\\\.\\');
}

/** Numbers of file systems whose contents another machine may change. Sources: Linux include/uapi/linux/magic.h, statfs(2). */
const NETWORK_TYPES: ReadonlySet<bigint> = new Set([
  0x6969n, // NFS
  0x517bn, // SMB, up to Linux 5
  0xff534d42n, // CIFS
  0xfe534d42n, // SMB 2 and later
  0x01021997n, // 9p: folders shared with virtual machines, the drives of Windows in WSL
  0x786f4256n, // folders shared by VirtualBox
  0xbacbacbcn, // folders shared by VMware
  0x00c36400n, // Ceph
  0x5346414fn, // AFS
  0x6b414653n, // AFS in the kernel
  0x73757245n, // Coda
  0x0bd00bd0n, // Lustre
  0x47504653n, // GPFS
  0x01161970n, // GFS2
  0x7461636fn, // OCFS2
]);
const FUSE = 0x65735546n;

/**
 * @param type as `statfs` gives it
 * @param dev device number as `stat` gives it
 */
export function isNetworkType(type: bigint, dev: bigint): boolean {
  if (type !== FUSE) return NETWORK_TYPES.has(type);
  // Programs that serve files: sshfs, rclone, gvfs; but also NTFS on a drive, which has that drive's device number, while
  // what is on no drive has major number 0. Source: makedev(3) of glibc.
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  return major === 0n;
}
