// What the page must never get or do, by Electron's security checklist (docs/security.md goes through it item by item).
import type { Session, WebContents, WebPreferences } from 'electron';
import type { Log } from '../app/lib/log.ts';
import { urlOf } from '../app/lib/url.ts';
import type { Page } from './page.ts';

/** Most of these are defaults today: they are written down so that no default of tomorrow changes them. */
export function webPreferences(preload: string, packaged: boolean): WebPreferences {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    plugins: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    spellcheck: false, // its dictionaries would be fetched from the web
    devTools: !packaged,
  };
}

/** The page's rules for what it loads: nothing but what is in the package, and pictures by the id of their job. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' thumb: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-src 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/** Every address that a page could reach outside of the package. Our own schemes are not asked about, and stay quick. */
const OUTSIDE = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*'];

export type LockableSession = Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
> & {
  on(event: 'will-download', listener: (event: { preventDefault(): void }) => void): unknown;
  readonly webRequest: Pick<Session['webRequest'], 'onBeforeRequest'>;
};

/** Denies a session every permission, device, download and request to the outside. */
export function lockSession(session: LockableSession, page: Page, log: Log): void {
  session.setPermissionRequestHandler((_, permission, callback) => {
    log.warn('page.permission', { permission });
    callback(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => {
    log.warn('page.download');
    event.preventDefault();
  });
  session.webRequest.onBeforeRequest({ urls: OUTSIDE }, ({ url }, callback) => {
    const allowed = isDevelopment(page) && sameServer(url, page);
    if (!allowed) log.warn('page.request', { origin: originOf(url) });
    callback({ cancel: !allowed });
  });
}

interface Preventable {
  preventDefault(): void;
}

interface Navigation extends Preventable {
  readonly url: string;
}

export type LockableContents = Pick<WebContents, 'setWindowOpenHandler'> & {
  on(event: 'will-navigate' | 'will-redirect' | 'will-frame-navigate', listener: (event: Navigation) => void): unknown;
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown;
};

/** Keeps contents where they are: no navigation, no redirect, no window, no webview. */
export function lockContents(contents: LockableContents, page: Page, log: Log): void {
  const stay = (event: Navigation) => {
    // The development server reloads the page by itself.
    if (isDevelopment(page) && originOf(event.url) === page.origin) return;
    log.warn('page.navigation', { origin: originOf(event.url) });
    event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', (event) => {
    log.warn('page.webview');
    event.preventDefault();
  });
  contents.setWindowOpenHandler(({ url }) => {
    log.warn('page.window', { origin: originOf(url) });
    return { action: 'deny' };
  });
}

/** The core opens pages of a fixed list, by their names; this is the second lock on that door. */
export function isWebPage(url: string): boolean {
  const parsed = urlOf(url);
  return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '';
}

function isDevelopment(page: Page): boolean {
  return page.origin.startsWith('http');
}

/** The development server by HTTP, or by the WebSocket on which it tells of changes. */
function sameServer(url: string, page: Page): boolean {
  return originOf(url.replace(/^ws/, 'http')) === page.origin;
}

/** Only the origin goes to the log: the rest of an address may be anything. */
function originOf(url: string): string {
  const parsed = urlOf(url);
  if (parsed === null) return 'invalid';
  return parsed.origin === 'null' ? parsed.protocol : parsed.origin;
}
