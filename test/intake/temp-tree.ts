// Folders of test files on the real disk, and the smallest port that tells photos by their first bytes.
import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { failure, systemCode, type Failure } from '../../app/domain/failure.ts';
import type { Media, PictureInfo } from '../../app/domain/picture.ts';

const JPEG = [0xff, 0xd8, 0xff, 0xe0];
const PNG = [0x89, 0x50, 0x4e, 0x47];

/** Bytes that begin like a photo; the text makes files differ. */
export const jpeg = (text = '') => Buffer.concat([Buffer.from(JPEG), Buffer.from(text)]);
export const png = (text = '') => Buffer.concat([Buffer.from(PNG), Buffer.from(text)]);

export class TempTree {
  /** Real path of the folder of everything. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TempTree> {
    return new TempTree(await realpath(await mkdtemp(join(tmpdir(), 'lightbatch-intake-'))));
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  async folder(name: string): Promise<string> {
    await mkdir(this.at(name), { recursive: true });
    return this.at(name);
  }

  /** Writes files, each with what `content` makes of its name. */
  async files(names: readonly string[], content: (name: string) => Buffer = jpeg): Promise<void> {
    for (const name of names) {
      await mkdir(dirname(this.at(name)), { recursive: true });
      await writeFile(this.at(name), content(name));
    }
  }

  /** `target` as it is written into the link. */
  async link(name: string, target: string): Promise<void> {
    await mkdir(dirname(this.at(name)), { recursive: true });
    await symlink(target, this.at(name));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Media.inspect over first bytes; keeps what it was asked. */
export class SniffingMedia implements Pick<Media, 'inspect'> {
  readonly groups: (readonly string[])[] = [];

  async inspect(paths: readonly string[]): Promise<(PictureInfo | Failure)[]> {
    this.groups.push(paths);
    return Promise.all(paths.map(sniff));
  }
}

async function sniff(path: string): Promise<PictureInfo | Failure> {
  try {
    if (!(await stat(path)).isFile()) return failure('not_a_photo');
    const head = (await readFile(path)).subarray(0, 4);
    if (head.equals(Buffer.from(JPEG))) return { format: 'jpeg', width: 6000, height: 4000 };
    if (head.equals(Buffer.from(PNG))) return { format: 'png', width: 640, height: 480 };
    if (head.toString() === 'HUGE') return failure('photo_too_large');
    if (head.toString() === 'DEAD') return failure('internal', { detail: 'sharp cannot load' });
    return failure('not_a_photo', { detail: 'a PDF document' });
  } catch (error) {
    return failure('source_unreadable', { detail: systemCode(error) });
  }
}
