// Where the page comes from, and who may speak for it.
import type { WebFrameMain } from 'electron';

export const PAGE_SCHEME = 'app';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://ui`;

export interface Page {
  readonly url: string;
  readonly origin: string;
}

/** The page of the app; outside a package, of the development server at `developmentUrl` if one is given. */
export function pageOf(developmentUrl?: string): Page {
  if (developmentUrl === undefined) return { url: `${PAGE_ORIGIN}/index.html`, origin: PAGE_ORIGIN };
  return { url: developmentUrl, origin: new URL(developmentUrl).origin };
}

/** The part of a frame that is looked at. */
export type Frame = Pick<WebFrameMain, 'origin' | 'url' | 'parent'>;

/**
 * Whether a request was sent by our page: by the window's main frame, not by one in it, and while it shows our origin.
 * @param frame null when the frame is gone
 */
export function isOurPage<T extends Frame>(frame: T | null, mainFrame: T | null, page: Page): boolean {
  if (frame === null || mainFrame === null || frame !== mainFrame || frame.parent !== null) return false;
  return frame.origin === page.origin && frame.url.startsWith(`${page.origin}/`);
}
