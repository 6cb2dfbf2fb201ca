// electron-builder's hook: a package without its own binaries would be built without a word and not start. It fails here.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Arch, type AfterPackContext } from 'electron-builder';
import { missingNatives } from './natives.ts';

/** @throws Error that names what is missing and how to install it */
export function afterPack({ appOutDir, arch, electronPlatformName, packager }: AfterPackContext): void {
  const system = { platform: electronPlatformName, arch: Arch[arch] };
  const missing = missingNatives(packager.getResourcesDir(appOutDir), system);
  if (missing.length === 0) return;
  const { optionalDependencies: versions } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'node_modules', 'sharp', 'package.json'), 'utf8'),
  ) as { readonly optionalDependencies: Readonly<Record<string, string>> };
  const installable = missing.flatMap((name) => (versions[name] === undefined ? [] : [`${name}@${versions[name]}`]));
  const remedy =
    installable.length === 0 ? '' : ` Install them with “npm install --no-save --force ${installable.join(' ')}”.`;
  throw new Error(`The package for ${system.platform} ${system.arch} lacks ${missing.join(', ')}.${remedy}`);
}
