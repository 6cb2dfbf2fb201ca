// The practice storage: uploads and results as files in the state folder. Names say all there is to know of a file, and
// only names of our own making are ever looked up, so no path of a client's reaches the disk.
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { UploadFormat } from '../domain/picture.ts';
import type { Clock } from '../lib/clock.ts';
import { makeFolder } from '../lib/make-folder.ts';
import { pictureFormat } from './enhance.ts';
import { PART, saveFile } from './files.ts';

export interface Upload {
  readonly name: string;
  /** The first 16 hex digits of the SHA-256 of the file. */
  readonly hash: string;
  /** Null when it is not a picture that the model reads. */
  readonly format: UploadFormat | null;
}

/** `practice-<time of upload, base 36>-<hash>-<8 random hex digits>.<extension>` */
const UPLOAD_NAME = /^practice-([0-9a-z]{1,11})-([0-9a-f]{16})-[0-9a-f]{8}\.(jpg|png|webp|bin)$/;
const FORMATS: Readonly<Record<string, UploadFormat>> = { jpg: 'jpeg', png: 'png', webp: 'webp' };
const EXTENSIONS: Readonly<Record<UploadFormat, string>> = { jpeg: 'jpg', png: 'png', webp: 'webp' };

export class PictureStore {
  readonly #uploads: string;
  readonly #results: string;
  readonly #clock: Clock;
  readonly #lifeMs: number;

  constructor(options: { readonly dir: string; readonly clock: Clock; readonly lifeMs: number }) {
    this.#uploads = join(options.dir, 'uploads');
    this.#results = join(options.dir, 'results');
    this.#clock = options.clock;
    this.#lifeMs = options.lifeMs;
  }

  /** Makes the folders and removes what a crash left half-written. @throws system errors of the disk */
  async open(): Promise<void> {
    for (const dir of [this.#uploads, this.#results]) {
      await makeFolder(dir);
      for (const name of await readdir(dir)) {
        if (name.startsWith(PART)) await rm(join(dir, name), { force: true });
      }
    }
  }

  /** @throws system errors of the disk */
  async keep(bytes: Uint8Array): Promise<Upload> {
    const format = pictureFormat(bytes);
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const extension = format ? EXTENSIONS[format] : 'bin';
    const name = `practice-${this.#clock.now().toString(36)}-${hash}-${randomBytes(4).toString('hex')}.${extension}`;
    await saveFile(this.#uploads, name, bytes);
    return { name, hash, format };
  }

  /** The upload of a name, when there is one and its life is not over. */
  async find(name: string): Promise<Upload | null> {
    const upload = this.#read(name);
    if (!upload || upload.expired || (await this.size(this.uploadPath(name))) === null) return null;
    return { name, hash: upload.hash, format: upload.format };
  }

  uploadPath(name: string): string {
    return join(this.#uploads, name);
  }

  resultPath(name: string): string {
    return join(this.#results, name);
  }

  /** Where a result is written before it gets its name. */
  partPath(name: string): string {
    return join(this.#results, PART + name);
  }

  /** Bytes of one of the files; null when it is not there. */
  async size(path: string): Promise<number | null> {
    try {
      const { size } = await stat(path);
      return size;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  async removeResult(name: string): Promise<void> {
    await rm(this.resultPath(name), { force: true });
  }

  /** Removes the uploads whose life is over. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#uploads)) {
      if (this.#read(name)?.expired) await rm(this.uploadPath(name), { force: true });
    }
  }

  #read(name: string): { hash: string; format: UploadFormat | null; expired: boolean } | null {
    const [, time, hash, extension] = UPLOAD_NAME.exec(name) ?? [];
    if (!time || !hash || !extension) return null;
    const expired = this.#clock.now() >= Number.parseInt(time, 36) + this.#lifeMs;
    return { hash, format: FORMATS[extension] ?? null, expired };
  }
}

/** The bytes of a base64 `data:` URI; null when it is not one, or not whole. */
export function readDataUri(uri: string): Uint8Array | null {
  const comma = uri.indexOf(',');
  if (comma < 0 || comma > 200 || !/^data:[^,]*;base64$/i.test(uri.slice(0, comma))) return null;
  const text = uri.slice(comma + 1);
  const bytes = Buffer.from(text, 'base64'); // leaves out what is not base64, so the length tells
  const digits = text.replace(/={1,2}$/, '').length;
  return bytes.length > 0 && bytes.length === Math.floor((digits * 3) / 4) ? bytes : null;
}
