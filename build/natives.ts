// Which binaries a package must hold to start on its system: better-sqlite3's, and those of sharp.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A system to pack for, in Node's words: `linux`, `darwin` or `win32`; `x64` or `arm64`. */
export interface System {
  readonly platform: string;
  readonly arch: string;
}

/**
 * The packages and files that are some system's own, as paths below `node_modules`.
 * On Linux sharp is WebAssembly, the same for every processor.
 */
export function nativesOf({ platform, arch }: System): { readonly sqlite: string; readonly sharp: readonly string[] } {
  const system = `${platform}-${arch}`;
  const sharp = {
    linux: ['@img/sharp-wasm32'],
    darwin: [`@img/sharp-${system}`, `@img/sharp-libvips-${system}`],
    win32: [`@img/sharp-${system}`],
  }[platform];
  if (sharp === undefined) throw new Error(`Lightbatch is not packed for ${system}`);
  return { sqlite: `better-sqlite3/prebuilds/${system}.node`, sharp };
}

/**
 * What the package lacks to start on its system.
 * @param resources the folder that holds `app.asar`
 * @returns paths below `node_modules`; none when all is there
 */
export function missingNatives(resources: string, system: System): string[] {
  const modules = join(resources, 'app.asar.unpacked', 'node_modules');
  const { sqlite, sharp } = nativesOf(system);
  const empty = (name: string) =>
    !existsSync(join(modules, name, 'lib')) || readdirSync(join(modules, name, 'lib')).length === 0;
  return [...(existsSync(join(modules, sqlite)) ? [] : [sqlite]), ...sharp.filter(empty)];
}
