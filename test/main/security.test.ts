// Electron's security checklist, item by item, as far as it is settled in main/ (docs/security.md has the whole of it).
import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LINKS } from '../../app/contract/values.ts';
import { LINK_ADDRESSES } from '../../app/backend/app-handlers.ts';
import {
  CONTENT_SECURITY_POLICY,
  isWebPage,
  type LockableContents,
  type LockableSession,
  lockContents,
  lockSession,
  webPreferences,
} from '../../main/lockdown.ts';
import { type Frame, isOurPage, pageOf } from '../../main/page.ts';
import { SCHEMES } from '../../main/protocol.ts';
import { recordingLog } from './support.ts';

const PAGE = pageOf();
const DEVELOPED = pageOf('http://localhost:5173/');
const root = join(import.meta.dirname, '../..');
const sources = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|svelte|html)$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(root, folder, name), 'utf8') }));
const PREFERENCES = webPreferences('/app/preload.cjs', true);

function lockedSession(page = PAGE) {
  const events = new EventEmitter();
  const kept: { [Name in 'request' | 'check' | 'device' | 'load']?: (...args: never[]) => unknown } = {};
  let urls: readonly string[] = [];
  const log = recordingLog();
  lockSession(
    {
      setPermissionRequestHandler: (handler: never) => (kept.request = handler),
      setPermissionCheckHandler: (handler: never) => (kept.check = handler),
      setDevicePermissionHandler: (handler: never) => (kept.device = handler),
      on: (name: string, listener: () => void) => events.on(name, listener),
      webRequest: {
        onBeforeRequest: (filter: { urls: string[] }, handler: never) => {
          urls = filter.urls;
          kept.load = handler;
        },
      },
    } as unknown as LockableSession,
    page,
    log,
  );
  const call = (name: keyof typeof kept, ...args: unknown[]) => kept[name]?.(...(args as never[]));
  const isCanceled = (url: string) => {
    let canceled: boolean | undefined;
    call('load', { url }, (answer: { cancel: boolean }) => (canceled = answer.cancel));
    return canceled;
  };
  return { events, call, isCanceled, urls: () => urls, log };
}

function lockedContents(page = PAGE) {
  const contents = Object.assign(new EventEmitter(), {
    opener: null as ((details: { url: string }) => unknown) | null,
    setWindowOpenHandler(handler: (details: { url: string }) => unknown) {
      this.opener = handler;
    },
  });
  lockContents(contents as unknown as LockableContents, page, recordingLog());
  const isPrevented = (event: string, url: string) => {
    let prevented = false;
    contents.emit(event, { url, preventDefault: () => (prevented = true) });
    return prevented;
  };
  return { contents, isPrevented };
}

describe('1 only secure content is loaded', () => {
  it('out of the package, by a scheme of its own', () => {
    expect(PAGE).toEqual({ url: 'app://ui/index.html', origin: 'app://ui' });
  });

  it('and every request to anywhere else is canceled', () => {
    const { isCanceled, urls } = lockedSession();
    expect(urls()).toEqual(
      expect.arrayContaining(['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'file://*/*']),
    );
    for (const url of ['https://example.com/', 'http://localhost:5173/', 'file:///etc/passwd', 'ws://x/', 'nonsense']) {
      expect(isCanceled(url), url).toBe(true);
    }
  });

  it('but for the development server, while there is one', () => {
    const { isCanceled } = lockedSession(DEVELOPED);
    expect(isCanceled('http://localhost:5173/@vite/client')).toBe(false);
    expect(isCanceled('ws://localhost:5173/')).toBe(false);
    expect(isCanceled('http://localhost:5174/')).toBe(true);
    expect(isCanceled('https://example.com/')).toBe(true);
  });
});

it('2 the page has no Node', () => {
  expect(PREFERENCES).toMatchObject({
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
  });
});

it('3 the page’s context is isolated from the preload’s', () => {
  expect(PREFERENCES.contextIsolation).toBe(true);
});

it('4 the page’s process is sandboxed', () => {
  expect(PREFERENCES.sandbox).toBe(true);
  const [index] = sources('main').filter(({ name }) => name === 'index.ts');
  expect(index?.text).toContain('app.enableSandbox()');
});

describe('5 permissions are denied', () => {
  it.each(['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fileSystem', 'something new'])(
    'for %s',
    (permission) => {
      const { call } = lockedSession();
      let granted: unknown;
      call('request', {}, permission, (answer: boolean) => (granted = answer));
      expect(granted).toBe(false);
      expect(call('check', {}, permission)).toBe(false);
    },
  );

  it('for devices and downloads, too', () => {
    const { call, events, log } = lockedSession();
    expect(call('device', {})).toBe(false);
    let prevented = false;
    events.emit('will-download', { preventDefault: () => (prevented = true) });
    expect(prevented).toBe(true);
    expect(log.lines).toMatchObject([{ event: 'page.download' }]);
  });
});

it('6 web security is on', () => {
  expect(PREFERENCES.webSecurity).toBe(true);
});

describe('7 the content security policy', () => {
  const policy = new Map(
    CONTENT_SECURITY_POLICY.split('; ').map((rule) => {
      const [name = '', ...values] = rule.split(' ');
      return [name, values] as const;
    }),
  );

  it('allows nothing but what is named', () => {
    expect(policy.get('default-src')).toEqual(["'none'"]);
    for (const name of ['base-uri', 'form-action', 'frame-src', 'frame-ancestors', 'object-src']) {
      expect(policy.get(name), name).toEqual(["'none'"]);
    }
  });

  it('runs and draws what is in the package only, and nothing inline', () => {
    for (const name of ['script-src', 'style-src', 'font-src', 'connect-src', 'worker-src']) {
      expect(policy.get(name), name).toEqual(["'self'"]);
    }
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|data:|\*/);
  });

  it('shows pictures by the id of their job', () => {
    expect(policy.get('img-src')).toEqual(["'self'", 'thumb:', 'blob:']);
  });

  it('is passed by no scheme of ours', () => {
    expect(SCHEMES.map(({ scheme }) => scheme)).toEqual(['app', 'thumb']);
    for (const { privileges } of SCHEMES) {
      expect(privileges).toMatchObject({ standard: true, secure: true });
      expect(privileges).not.toHaveProperty('bypassCSP');
      expect(privileges).not.toHaveProperty('corsEnabled');
      expect(privileges).not.toHaveProperty('allowServiceWorkers');
    }
    expect(SCHEMES[1]?.privileges).not.toHaveProperty('supportFetchAPI'); // pictures are looked at, not read
  });

  it('has no page markup to make an exception for', () => {
    for (const { name, text } of sources('renderer')) {
      expect(text, name).not.toMatch(/\{@html|\bsrcdoc=|javascript:/);
    }
  });
});

it('8 to 10 insecure content, experiments and Blink’s own switches are off', () => {
  expect(PREFERENCES).toMatchObject({ allowRunningInsecureContent: false, experimentalFeatures: false });
  expect(PREFERENCES).not.toHaveProperty('enableBlinkFeatures');
});

it('11 and 12 there are no webviews', () => {
  expect(PREFERENCES.webviewTag).toBe(false);
  const { isPrevented } = lockedContents();
  expect(isPrevented('will-attach-webview', '')).toBe(true);
});

describe('13 the page goes nowhere', () => {
  it.each(['will-navigate', 'will-redirect', 'will-frame-navigate'])('on %s', (event) => {
    const { isPrevented } = lockedContents();
    for (const url of [
      'https://example.com/',
      'file:///etc/passwd',
      'app://ui/index.html',
      'javascript:alert(1)',
      'x',
    ]) {
      expect(isPrevented(event, url), url).toBe(true);
    }
  });

  it('and a file that is dropped on it does not open', () => {
    expect(PREFERENCES.navigateOnDragDrop).toBe(false);
  });

  it('but the development server may load it again', () => {
    const { isPrevented } = lockedContents(DEVELOPED);
    expect(isPrevented('will-navigate', 'http://localhost:5173/')).toBe(false);
    expect(isPrevented('will-navigate', 'http://localhost:5173.evil.com/')).toBe(true);
  });
});

it('14 the page opens no window', () => {
  const { contents } = lockedContents();
  expect(contents.opener?.({ url: 'https://example.com/' })).toEqual({ action: 'deny' });
});

describe('15 what is opened outside', () => {
  it('is a page of a fixed list, named and not given by the window', () => {
    for (const link of LINKS) {
      if (link !== 'licences') expect(isWebPage(LINK_ADDRESSES[link]), link).toBe(true);
    }
  });

  it.each([
    'http://x.com',
    'file:///bin/sh',
    'smb://x/y',
    'https://user@x.com',
    'https://:pw@x.com',
    'ms-msdt:/id',
    'x',
    '',
  ])('is never %j', (url) => {
    expect(isWebPage(url)).toBe(false);
  });
});

describe('17 who may send requests', () => {
  const main: Frame = { origin: 'app://ui', url: 'app://ui/index.html', parent: null };

  it('is the main frame of the window, showing our page', () => {
    expect(isOurPage(main, main, PAGE)).toBe(true);
  });

  it.each<[string, Frame | null, Frame | null]>([
    ['no frame', null, main],
    ['a frame of no window', main, null],
    ['another frame that looks the same', { ...main }, main],
  ])('is not %s', (_, frame, mainFrame) => {
    expect(isOurPage(frame, mainFrame, PAGE)).toBe(false);
  });

  it.each<[string, Partial<Frame>]>([
    ['another origin', { origin: 'https://example.com' }],
    ['another address', { url: 'https://example.com/' }],
    ['a host that begins like ours', { origin: 'app://ui.evil', url: 'app://ui.evil/' }],
    ['the development server', { origin: 'http://localhost:5173', url: 'http://localhost:5173/' }],
    ['a frame in a frame', { parent: main as never }],
  ])('is not %s', (_, change) => {
    const frame = { ...main, ...change };
    expect(isOurPage(frame, frame, PAGE)).toBe(false);
  });

  it('is never anybody by another door: one file listens', () => {
    const listening = sources('main').filter(({ text }) => /ipcMain\b/.test(text));
    expect(listening.map(({ name }) => name).sort()).toEqual(['desktop.ts', 'ipc.ts']);
    for (const { text } of listening) expect(text).not.toMatch(/ipcMain\s*\.\s*(on|once|handle|handleOnce)\b/);
  });
});

it('18 there is no file:// page', () => {
  for (const { name, text } of sources('main')) expect(text, name).not.toMatch(/loadFile\(|pathToFileURL/);
});

it('20 the preload gives three functions, imports nothing but Electron, and keeps its event object', () => {
  const [preload] = sources('main').filter(({ name }) => name === 'preload.ts');
  expect(preload?.text.match(/^import (?!type).*$/gm)).toEqual([
    "import { contextBridge, ipcRenderer, webUtils } from 'electron';",
    "import { CALL, DROP, EVENT } from './channels.ts';",
  ]);
  expect(preload?.text.match(/exposeInMainWorld/g)).toHaveLength(1);
  expect(preload?.text).toContain('(_: unknown, event: Event) => listener(event)');
});

it('developer’s tools are not in a package', () => {
  expect(PREFERENCES.devTools).toBe(false);
  expect(webPreferences('/app/preload.cjs', false).devTools).toBe(true);
});

it('nothing is fetched by Electron’s network, which may send a request twice', () => {
  for (const { name, text } of sources('main')) {
    expect(text, name).not.toMatch(/\bnet\.(fetch|request)\b|\bfetch\(/);
  }
});
