// The addresses under which the window sees pictures: a job, which of its two pictures, and how large. Never a path.

export const PICTURE_SCHEME = 'thumb';

export type Which = 'original' | 'enhanced';

/**
 * `quick`: the preview that a camera put into the file, when it has one; `small`: 512 pixels on the longest side;
 * `full`: every pixel.
 */
export const TIERS = ['quick', 'small', 'full'] as const;
export type Tier = (typeof TIERS)[number];

export interface PictureAddress {
  readonly id: number;
  readonly which: Which;
  readonly tier: Tier;
}

const PATTERN = /^thumb:\/\/job\/([1-9]\d{0,15})\/(original|enhanced)\/(quick|small|full)(?:\?v=\d{1,16})?$/;

/** @param version changes when the picture may have: the browser keeps what it has under one address */
export function pictureUrl({ id, which, tier }: PictureAddress, version: number): string {
  return `${PICTURE_SCHEME}://job/${id}/${which}/${tier}?v=${version}`;
}

/** What an address names; null for anything that `pictureUrl` would not have made. */
export function readPictureUrl(url: string): PictureAddress | null {
  const [, id, which, tier] = PATTERN.exec(url) ?? [];
  if (id === undefined || (which !== 'original' && which !== 'enhanced')) return null;
  const known = TIERS.find((one) => one === tier);
  return known === undefined ? null : { id: Number(id), which, tier: known };
}
