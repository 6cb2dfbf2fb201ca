// Which part of the project may import which, as a function from sources to complaints; the table is the design's
// “Import direction”, and app/README.md tells why.
import ts from 'typescript';

export interface Source {
  /** Relative to the project, with slashes: `app/engine/engine.ts`. */
  readonly path: string;
  readonly text: string;
}

interface Layer {
  readonly mayImport: readonly string[];
  readonly node: boolean;
}

const BELOW_ENGINE = { node: true, mayImport: ['domain', 'lib'] };
const ANYTHING = ['domain', 'contract', 'lib', 'history', 'segmind', 'intake', 'media', 'practice', 'engine'] as const;

/** Every layer may import itself, and besides only what is written here. */
const LAYERS: Readonly<Record<string, Layer>> = {
  domain: { node: false, mayImport: [] },
  contract: { node: false, mayImport: ['domain'] },
  lib: { node: true, mayImport: [] },
  history: BELOW_ENGINE,
  segmind: BELOW_ENGINE,
  intake: BELOW_ENGINE,
  media: BELOW_ENGINE,
  practice: BELOW_ENGINE,
  watch: { node: true, mayImport: ['domain', 'contract', 'lib', 'history', 'intake', 'engine'] },
  backend: { node: true, mayImport: [...ANYTHING, 'watch'] },
  engine: { node: true, mayImport: ['domain', 'contract', 'lib', 'history', 'segmind'] },
  cli: { node: true, mayImport: [...ANYTHING, 'watch', 'backend'] },
  main: { node: true, mayImport: [...ANYTHING, 'watch', 'backend'] },
  renderer: { node: false, mayImport: ['domain', 'contract'] },
};

/** The only layers that a package may be imported in; a package that is not here may be imported nowhere in app/. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['history'],
  'p-queue': ['engine'],
  sharp: ['media'],
  chokidar: ['intake'],
  electron: ['main'],
  commander: ['cli'],
  'cli-progress': ['cli'],
  'ipaddr.js': ['segmind'],
  zod: ['contract', 'segmind', 'media'], // the edges at which data comes in
};

/** What makes a value depend on when and where it is computed. */
const IMPURE = [
  'Math.random',
  'Date.now',
  'performance',
  'process',
  'globalThis',
  'setTimeout',
  'setInterval',
  'fetch',
];

/** One sentence for each breach of the rules; empty when there is none. */
export function violations({ path, text }: Source): string[] {
  const isComponent = path.endsWith('.svelte');
  const layer = layerOf(path);
  const found: string[] = [];
  const complain = (what: string) => found.push(`${path} ${what}`);
  if (layer === null) return [`${path} belongs to no layer`];
  const file = ts.createSourceFile(path, isComponent ? scriptsOf(text) : text, ts.ScriptTarget.Latest, true);
  for (const specifier of importsOf(file)) {
    const problem = specifier === null ? 'imports what is computed' : importProblem(path, layer, specifier);
    if (problem !== null) complain(problem);
  }
  for (const statement of file.statements) {
    if (!isComponent && isMutable(statement)) complain('keeps mutable state at module level');
    if (isDefaultExport(statement)) complain('has a default export');
  }
  if (layer === 'domain') for (const name of impurities(file)) complain(`uses ${name}, which is not pure`);
  return found;
}

/** The scripts of a component; its markup imports nothing. */
function scriptsOf(component: string): string {
  return [...component.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => script).join('\n');
}

/** The layer of a path or of what a path is imported as; null when there is none. */
function layerOf(path: string): string | null {
  const [, name] = /^app\/([^/]+?)(?:\.ts)?(?:\/|$)/.exec(path) ?? /^(main|renderer)\//.exec(path) ?? [];
  return name !== undefined && Object.hasOwn(LAYERS, name) ? name : null;
}

function importProblem(path: string, layer: string, specifier: string): string | null {
  const rules = LAYERS[layer];
  if (specifier.startsWith('node:')) return rules?.node ? null : `imports ${specifier}`;
  if (!specifier.startsWith('.')) {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const homes = Object.hasOwn(HOMES, name) ? HOMES[name] : undefined;
    if (homes?.includes(layer) || (homes === undefined && ['main', 'renderer'].includes(layer))) return null;
    return `imports the package ${name}${homes ? `, whose home is ${homes.join(', ')}` : ''}`;
  }
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (target === 'package.json' && layer === 'cli') return null;
  if (layer === 'renderer' && target.startsWith('renderer/') && /\.(?:svelte|css)$/.test(target)) return null;
  if (!target.endsWith('.ts')) return `imports ${specifier} without its extension`;
  const other = layerOf(target);
  if (other === null) return `imports ${target}, which belongs to no layer`;
  return other === layer || rules?.mayImport.includes(other)
    ? null
    : `imports ${target}: ${layer} may not import ${other}`;
}

/** What a file imports or exports from, statically, for types, or when it runs; null for what cannot be told. */
function importsOf(file: ts.SourceFile): (string | null)[] {
  const found: (string | null)[] = [];
  const add = (node: ts.Node | undefined) => found.push(node && ts.isStringLiteralLike(node) ? node.text : null);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
    else if (ts.isCallExpression(node) && isLoader(node.expression)) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isLoader(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
}

function isMutable(statement: ts.Statement): boolean {
  return ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Const) === 0;
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
    return statement.exportClause.elements.some(({ name }) => name.text === 'default');
  }
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false;
}

function impurities(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date') found.push('new Date()');
    if (ts.isPropertyAccessExpression(node) && IMPURE.includes(node.getText())) found.push(node.getText());
    if (ts.isIdentifier(node) && IMPURE.includes(node.text) && !isName(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Whether an identifier only names a member of something else: `options.process`, `{ process: 1 }`. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node)
  );
}
