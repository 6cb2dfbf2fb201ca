// electron-builder.yml as the tests read it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

interface Resource {
  readonly from: string;
  readonly to: string;
}

interface SystemSettings {
  readonly files: readonly string[];
  readonly extraResources: readonly Resource[];
}

interface DocumentType {
  readonly CFBundleTypeRole: string;
  readonly LSHandlerRank: string;
  readonly LSItemContentTypes: readonly string[];
}

interface Settings extends SystemSettings {
  readonly electronFuses: Readonly<Record<string, boolean>>;
  readonly nsis: Readonly<Record<string, unknown>>;
  readonly linux: SystemSettings & { readonly executableName: string; readonly mimeTypes: readonly string[] };
  readonly win: SystemSettings;
  readonly mac: SystemSettings & { readonly extendInfo: { readonly CFBundleDocumentTypes: readonly DocumentType[] } };
}

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export const settings = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Settings;
