// What the two schemes give out, and what they do not, with real files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { pictureUrl } from '../../app/contract/pictures.ts';
import { answerPage, answerPicture, type ProtocolOptions } from '../../main/protocol.ts';
import { recordingLog, tempFolder } from './support.ts';

function folder() {
  const dir = tempFolder();
  const pageDir = join(dir, 'renderer');
  mkdirSync(join(pageDir, 'assets'), { recursive: true });
  writeFileSync(join(pageDir, 'index.html'), '<!doctype html>');
  writeFileSync(join(pageDir, 'assets', 'a.js'), 'export {};');
  writeFileSync(join(pageDir, 'assets', 'a.js.map'), '{}');
  writeFileSync(join(dir, 'secret.json'), '{}');
  mkdirSync(join(dir, 'renderer-other'));
  writeFileSync(join(dir, 'renderer-other', 'index.html'), 'other');
  return { dir, pageDir };
}

const get = (url: string) => ({ url, method: 'GET' });

function options(rest: Partial<ProtocolOptions>): ProtocolOptions {
  return { pageDir: '/nowhere', picture: () => Promise.resolve(null), log: recordingLog(), ...rest };
}

describe('the page', () => {
  it('comes with its type, its policy, and no guessing', async () => {
    const { pageDir } = folder();
    const response = await answerPage(get('app://ui/'), options({ pageDir }));
    expect(await response.text()).toBe('<!doctype html>');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const script = await answerPage(get('app://ui/assets/a.js?x=1#y'), options({ pageDir }));
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it.each([
    'app://ui/../secret.json',
    'app://ui/%2e%2e/secret.json',
    'app://ui/..%2fsecret.json',
    'app://ui/assets/..%2f..%2fsecret.json',
    'app://ui/..%5csecret.json',
    'app://ui/../renderer-other/index.html',
    'app://ui/%2e%2e%2frenderer-other%2findex.html',
    'app://ui//etc/hosts.json',
    'app://ui/c:/windows/a.json',
    'app://ui/index.html%00.js',
    'app://ui/%',
    'app://ui/missing.html',
    'app://ui/assets/',
    'app://ui/assets/a.js.map',
    'app://other/index.html',
    'app://ui.evil/index.html',
    'app:ui/index.html',
    'not an address',
  ])('does not come from anywhere else: %s', async (url) => {
    const { pageDir } = folder();
    expect((await answerPage(get(url), options({ pageDir }))).status).toBe(404);
  });

  it('is only read', async () => {
    const { pageDir } = folder();
    expect((await answerPage({ url: 'app://ui/index.html', method: 'POST' }, options({ pageDir }))).status).toBe(404);
  });
});

describe('a picture', () => {
  const address = { id: 12, which: 'enhanced', tier: 'small' } as const;

  function pictureFile(bytes: number) {
    const path = join(tempFolder(), 'a.jpg');
    writeFileSync(path, Buffer.from(Array.from({ length: bytes }, (_, index) => index % 251)));
    return path;
  }

  it('is looked up by its job, and streamed whole', async () => {
    const path = pictureFile(600_000); // more than two chunks
    const picture = vi.fn(() => Promise.resolve({ path, type: 'image/jpeg' }));
    const response = await answerPicture(get(pictureUrl(address, 3)), options({ picture }));
    expect(Buffer.from(await response.arrayBuffer()).equals(readFileSync(path))).toBe(true);
    expect(picture).toHaveBeenCalledExactlyOnceWith(address, undefined);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': '600000',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=31536000, immutable',
    });
  });

  it('is kept by the window unless it is every pixel of it', async () => {
    const picture = () => Promise.resolve({ path: pictureFile(10), type: 'image/png' });
    const full = await answerPicture(get(pictureUrl({ ...address, tier: 'full' }, 3)), options({ picture }));
    expect(full.headers.get('cache-control')).toBe('no-store');
    await full.body?.cancel();
  });

  it('is not kept when it stands in for one whose file is away', async () => {
    const picture = () => Promise.resolve({ path: pictureFile(10), type: 'image/jpeg', kept: true } as const);
    const response = await answerPicture(get(pictureUrl(address, 3)), options({ picture }));
    expect(response.headers.get('cache-control')).toBe('no-store');
    await response.body?.cancel();
  });

  it('that is no longer wanted is let go of halfway', async () => {
    const path = pictureFile(2_000_000);
    const picture = () => Promise.resolve({ path, type: 'image/jpeg' });
    const log = recordingLog();
    const response = await answerPicture(get(pictureUrl(address, 3)), options({ picture, log }));
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(256 * 1024);
    await reader?.cancel();
    expect(await reader?.read()).toEqual({ done: true, value: undefined });
    expect(log.lines).toEqual([]);
  });

  it.each([
    'thumb://job/12/enhanced/huge?v=1',
    'thumb://job/0/enhanced/small?v=1',
    'thumb://job/-1/enhanced/small',
    'thumb://job/../../etc/passwd',
    'thumb://other/12/enhanced/small',
    'thumb://job/12/enhanced/small?path=/etc/passwd',
  ])('is not there under an address that nobody made: %s', async (url) => {
    const picture = vi.fn(() => Promise.resolve({ path: pictureFile(10), type: 'image/jpeg' }));
    expect((await answerPicture(get(url), options({ picture }))).status).toBe(404);
    expect(picture).not.toHaveBeenCalled();
  });

  it('that there is none of, whose file is gone, or that is no picture, is 404 and may be asked for again', async () => {
    const answers = [
      null,
      { path: join(tempFolder(), 'gone.jpg'), type: 'image/jpeg' },
      { path: pictureFile(9), type: 'text/html' },
    ];
    for (const answer of answers) {
      const response = await answerPicture(
        get(pictureUrl(address, 1)),
        options({ picture: () => Promise.resolve(answer) }),
      );
      expect(response.status).toBe(404);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('whose lookup fails is 404 and a line in the log', async () => {
    const log = recordingLog();
    const picture = () => Promise.reject(new Error('no history'));
    expect((await answerPicture(get(pictureUrl(address, 1)), options({ picture, log }))).status).toBe(404);
    expect(log.lines).toMatchObject([{ event: 'page.picture', fields: { job: 12 } }]);
  });
});
