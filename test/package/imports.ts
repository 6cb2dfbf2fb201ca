// Which packages an app in a folder needs: what its bundles import, and what those packages depend on in turn.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * @param app a folder with `out/` and `node_modules/`
 * @returns `needed`, the packages in it that are reached from its bundles; `missing`, what they import and it does not hold
 */
export function neededPackages(app: string): { readonly needed: string[]; readonly missing: string[] } {
  const holds = (name: string) => existsSync(join(app, 'node_modules', name, 'package.json'));
  const imported = [
    ...new Set(bundles(join(app, 'out')).flatMap((file) => importedPackages(readFileSync(file, 'utf8')))),
  ];
  const needed = new Set<string>();
  const waiting = imported.filter(holds);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'optionalDependencies', Record<string, string> | undefined>;
    waiting.push(...Object.keys({ ...dependencies, ...optionalDependencies }).filter(holds));
    // Of its builds sharp names only those that npm picks by system; it falls back on this one wherever it is.
    if (name === 'sharp' && holds('@img/sharp-wasm32')) waiting.push('@img/sharp-wasm32');
  }
  return { needed: [...needed].sort(), missing: imported.filter((name) => !holds(name)) };
}

function bundles(out: string): string[] {
  return readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?js$/.test(name))
    .map((name) => join(out, name));
}

function importedPackages(text: string): string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !/^[./]/.test(name) && !name.includes(':') && !isBuiltin(name) && name !== 'electron')
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}
