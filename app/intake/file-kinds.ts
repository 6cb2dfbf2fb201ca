// What a name alone tells: junk, hidden things, and files that are certainly no photos, so that a folder of films is not
// opened file by file. Everything else is decided by content.
import type { LeftOutReason } from './intake-error.ts';

export interface Verdict {
  readonly reason: LeftOutReason;
  readonly message: string;
}

const JUNK_NAMES = new Set(['thumbs.db', 'ehthumbs.db', 'ehthumbs_vista.db', 'desktop.ini', '.ds_store', 'icon\r']);
const JUNK_EXTENSIONS = new Set(['part', 'partial', 'tmp', 'crdownload', 'download', 'filepart']);

/** Folders that systems make; `@eaDir` is Synology's, with a thumbnail of every photo beside it. */
const JUNK_FOLDERS = new Set([
  '$recycle.bin',
  'system volume information',
  '@eadir',
  '#recycle',
  '__macosx',
  'lost+found',
]);

/** Folders that a program keeps as one document: originals beside previews, all of them to be paid for. */
const LIBRARIES = new Set([
  'photoslibrary',
  'photolibrary',
  'migratedphotolibrary',
  'aplibrary',
  'lrdata',
  'lrlibrary',
  'cosessiondb',
  'cocatalog',
]);

const RAW = new Set(
  '3fr arw cr2 cr3 crw dcr dng erf fff iiq kdc mef mos mrw nef nrw orf pef ptx raf raw rw2 rwl sr2 srf srw x3f'.split(
    ' ',
  ),
);
const HEIC = new Set(['heic', 'heif', 'hif', 'heics', 'heifs']);

const KINDS: readonly (readonly [label: string, extensions: string])[] = [
  ['a film', '3g2 3gp avi flv insv lrv m2ts m4v mkv mov mp4 mpeg mpg mts mxf ogv webm wmv'],
  ['a sound recording', 'aac aif aiff flac m4a mp3 ogg opus wav wma'],
  ['a document', 'csv doc docx epub htm html key log md numbers odp ods odt pages pdf ppt pptx rtf txt xls xlsx'],
  ['an archive', '7z bz2 dmg gz iso rar tar tgz xz zip zst'],
  [
    'a settings or catalogue file',
    'acr aae cos cot db dop ini json lrcat lrtemplate plist pp3 sqlite xml xmp yaml yml',
  ],
  ['a program or part of one', 'app bat cmd dll exe js lnk msi ps1 py sh so ts url webloc'],
  ['a font', 'otf ttf woff woff2'],
];
const NO_PHOTOS: ReadonlyMap<string, string> = new Map(
  KINDS.flatMap(([label, extensions]) => extensions.split(' ').map((extension) => [extension, label] as const)),
);

/** What the name of a file tells; null when its content has to be looked at. */
export function fileByName(name: string): Verdict | null {
  const junk = junkByName(name);
  if (junk !== null) return junk;
  if (name.startsWith('.')) return { reason: 'hidden', message: 'Hidden files are left out.' };
  const extension = extensionOf(name);
  // By name, because a RAW file is a TIFF to most readers, and they would take the small preview in it for the photo.
  if (RAW.has(extension)) {
    const message = 'RAW files must be exported first: as JPEG, PNG, WebP or TIFF, from your RAW program.';
    return { reason: 'raw', message };
  }
  const label = NO_PHOTOS.get(extension);
  return label === undefined ? null : { reason: 'not_a_photo', message: `By its name this is ${label}, not a photo.` };
}

/** Whether a file is a camera's RAW file by its name. */
export function isRaw(name: string): boolean {
  return junkByName(name) === null && !name.startsWith('.') && RAW.has(extensionOf(name));
}

/** Whether a file is a leftover of a system or a download, also when it is given by itself. */
export function junkByName(name: string): Verdict | null {
  const lower = name.toLowerCase();
  if (JUNK_EXTENSIONS.has(extensionOf(name))) {
    return { reason: 'junk', message: 'An unfinished or temporary file.' };
  }
  if (JUNK_NAMES.has(lower) || lower.startsWith('._') || lower.startsWith('~$')) {
    return { reason: 'junk', message: 'A file that the system keeps for itself.' };
  }
  return null;
}

/** What the name of a folder found inside another tells; null when it is searched. */
export function folderByName(name: string): Verdict | null {
  if (JUNK_FOLDERS.has(name.toLowerCase())) {
    return { reason: 'junk', message: 'A folder that the system keeps for itself.' };
  }
  if (name.startsWith('.')) return { reason: 'hidden', message: 'Hidden folders are left out.' };
  if (LIBRARIES.has(extensionOf(name))) {
    const message =
      'A photo library holds previews beside its photos. Export the photos, or give this folder by itself.';
    return { reason: 'excluded', message };
  }
  return null;
}

/** What to say of a file that is not a photo by content, where its name tells more than its content did. */
export function hintByName(name: string): Verdict | null {
  const message = 'HEIC photos must be exported first: as JPEG, PNG, WebP or TIFF.';
  return HEIC.has(extensionOf(name)) ? { reason: 'heic', message } : null;
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}
