// The beginnings by which files of many kinds are told apart, as tables.

export type FileFormat =
  | ('jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'heic' | 'avif' | 'jxl' | 'jp2' | 'bmp' | 'ico' | 'psd' | 'exr' | 'raw')
  | ('pdf' | 'postscript' | 'svg' | 'html' | 'xml' | 'text' | 'video' | 'audio' | 'zip' | 'archive' | 'program')
  | ('appledouble' | 'zeros');

export interface Sniffed {
  readonly format: FileFormat;
  /** For a sentence: “a PDF document”. */
  readonly label: string;
}

export interface Signature extends Sniffed {
  readonly at?: number;
  /** Characters stand for the bytes of their code (latin1). */
  readonly magic: string;
}

/** Sources: the formats' specifications, and the signatures listed by `file(1)`. Longer ones stand before shorter ones. */
export const SIGNATURES: readonly Signature[] = [
  { format: 'jpeg', label: 'a JPEG picture', magic: '\xff\xd8\xff' },
  { format: 'png', label: 'a PNG picture', magic: '\x89PNG\r\n\x1a\n' },
  { format: 'gif', label: 'a GIF picture', magic: 'GIF8' },
  { format: 'jxl', label: 'a JPEG XL picture', magic: '\0\0\0\x0cJXL \r\n\x87\n' },
  { format: 'jxl', label: 'a JPEG XL picture', magic: '\xff\x0a' },
  { format: 'jp2', label: 'a JPEG 2000 picture', magic: '\0\0\0\x0cjP  \r\n\x87\n' },
  { format: 'jp2', label: 'a JPEG 2000 picture', magic: '\xff\x4f\xff\x51' },
  { format: 'raw', label: 'a Canon RAW file', magic: 'CR\x02\0', at: 8 },
  { format: 'raw', label: 'a Canon RAW file', magic: 'HEAPCCDR', at: 6 },
  { format: 'raw', label: 'a Fujifilm RAW file', magic: 'FUJIFILMCCD-RAW' },
  { format: 'raw', label: 'an Olympus RAW file', magic: 'IIRO' },
  { format: 'raw', label: 'an Olympus RAW file', magic: 'IIRS' },
  { format: 'raw', label: 'an Olympus RAW file', magic: 'MMOR' },
  { format: 'raw', label: 'a Panasonic RAW file', magic: 'IIU\0' },
  { format: 'raw', label: 'a Sigma RAW file', magic: 'FOVb' },
  { format: 'raw', label: 'a Minolta RAW file', magic: '\0MRM' },
  { format: 'tiff', label: 'a TIFF picture', magic: 'II*\0' },
  { format: 'tiff', label: 'a TIFF picture', magic: 'MM\0*' },
  { format: 'tiff', label: 'a BigTIFF picture', magic: 'II+\0' },
  { format: 'tiff', label: 'a BigTIFF picture', magic: 'MM\0+' },
  { format: 'psd', label: 'a Photoshop document', magic: '8BPS' },
  { format: 'exr', label: 'an OpenEXR picture', magic: '\x76\x2f\x31\x01' },
  { format: 'ico', label: 'an icon', magic: '\0\0\x01\0' },
  { format: 'pdf', label: 'a PDF document', magic: '%PDF-' },
  { format: 'postscript', label: 'a PostScript document', magic: '%!PS' },
  { format: 'video', label: 'a Matroska or WebM video', magic: '\x1a\x45\xdf\xa3' },
  { format: 'video', label: 'an MPEG video', magic: '\0\0\x01\xba' },
  { format: 'video', label: 'an MPEG video', magic: '\0\0\x01\xb3' },
  { format: 'video', label: 'a Flash video', magic: 'FLV\x01' },
  { format: 'audio', label: 'an MP3 file', magic: 'ID3' },
  { format: 'audio', label: 'a FLAC file', magic: 'fLaC' },
  { format: 'audio', label: 'an Ogg file', magic: 'OggS' },
  { format: 'zip', label: 'a ZIP archive or Office document', magic: 'PK\x03\x04' },
  { format: 'archive', label: 'a RAR archive', magic: 'Rar!\x1a\x07' },
  { format: 'archive', label: 'a 7-Zip archive', magic: "7z\xbc\xaf'\x1c" },
  { format: 'archive', label: 'a gzip archive', magic: '\x1f\x8b' },
  { format: 'program', label: 'a program', magic: '\x7fELF' },
  { format: 'program', label: 'a program', magic: 'MZ\x90\0' },
  { format: 'program', label: 'a program', magic: '\xcf\xfa\xed\xfe' },
  { format: 'appledouble', label: 'a metadata file of macOS', magic: '\0\x05\x16\x07' },
];

/** RIFF and ISO media files name what they are after a common beginning. */
export const RIFF_KINDS: Readonly<Record<string, Sniffed>> = {
  WEBP: { format: 'webp', label: 'a WebP picture' },
  'AVI ': { format: 'video', label: 'an AVI video' },
  WAVE: { format: 'audio', label: 'a WAV file' },
};

const HEIC: Sniffed = { format: 'heic', label: 'a HEIC photo' };
const AVIF: Sniffed = { format: 'avif', label: 'an AVIF picture' };
export const BRANDS: Readonly<Record<string, Sniffed>> = {
  avif: AVIF,
  avis: AVIF,
  heic: HEIC,
  heix: HEIC,
  heim: HEIC,
  heis: HEIC,
  hevc: HEIC,
  hevx: HEIC,
  'crx ': { format: 'raw', label: 'a Canon RAW file' },
  'M4A ': { format: 'audio', label: 'an M4A file' },
  'qt  ': { format: 'video', label: 'a QuickTime video' },
};
