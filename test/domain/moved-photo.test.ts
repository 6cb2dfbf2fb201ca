// Whether a file is the photo that is missing: never taken on too little, never refused for its name alone.
import { describe, expect, it } from 'vitest';
import { likenessOf, type CandidatePhoto, type Likeness, type MissedPhoto } from '../../app/domain/moved-photo.ts';

const missed: MissedPhoto = {
  name: 'IMG_1.jpg',
  format: 'jpeg',
  width: 6_000,
  height: 4_000,
  mark: { bytes: 9_000, mtimeMs: 50_000 },
  sha256: null,
};
const found: CandidatePhoto = { ...missed, bytes: 9_000, mtimeMs: 50_000, sha256: 'content' };
const renamed = { name: 'wedding-1.jpg' };
const later = { mtimeMs: 60_000 };

describe('a file is compared with the photo that is missing', () => {
  it.each<[string, Partial<MissedPhoto>, Partial<CandidatePhoto>, Likeness]>([
    ['of the same content under any name and time', { sha256: 'content' }, { ...renamed, ...later }, 'same'],
    ['of another content, however alike', { sha256: 'other' }, {}, 'other-content'],
    ['of another content whose size is not known', { sha256: 'other', mark: null }, {}, 'other-content'],
    [
      'of another size, before its content is read',
      { sha256: 'content' },
      { bytes: 9_001, sha256: null },
      'other-size',
    ],
    ['as it was', {}, {}, 'same'],
    ['renamed, with its size and time', {}, renamed, 'same'],
    ['copied with a new time, under its name', {}, later, 'same'],
    ['under its name in another case', {}, { name: 'img_1.JPG', ...later }, 'same'],
    ['copied to a card, which keeps even seconds', {}, { ...renamed, mtimeMs: 52_000 }, 'same'],
    ['of its size under another name and time', {}, { ...renamed, ...later }, 'size'],
    ['of its size with other pixels', {}, { width: 4_000, height: 6_000 }, 'other-picture'],
    ['of its size and another format', {}, { format: 'png' }, 'other-picture'],
    ['of which name and pixels alone are known', { mark: null }, { bytes: 1, ...later }, 'name'],
    ['of which pixels alone are known', { mark: null }, renamed, 'other-name'],
    ['of its name with other pixels, of whose bytes nothing is known', { mark: null }, { width: 1 }, 'other-picture'],
  ])('%s', (_, known, file, likeness) => {
    expect(likenessOf({ ...missed, ...known }, { ...found, ...file })).toBe(likeness);
  });

  it('and a size says little where photos are not compressed: all of a camera have as many bytes', () => {
    const tiff = { format: 'tiff' };
    const of = (file: Partial<CandidatePhoto>) => likenessOf({ ...missed, ...tiff }, { ...found, ...tiff, ...file });
    expect(of({})).toBe('same');
    expect(of(renamed)).toBe('size');
    expect(of(later)).toBe('size');
  });
});
