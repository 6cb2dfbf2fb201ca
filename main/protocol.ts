// The two schemes of the window: app://ui/… is the page, out of the package; thumb://job/… a picture of a job, by its id.
// Neither reaches any other file.
import { open, readFile } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import type { CustomScheme, Protocol } from 'electron';
import { PICTURE_SCHEME, type PictureAddress, readPictureUrl } from '../app/contract/pictures.ts';
import { systemCode } from '../app/domain/failure.ts';
import type { Log } from '../app/lib/log.ts';
import { CONTENT_SECURITY_POLICY } from './lockdown.ts';
import { PAGE_ORIGIN, PAGE_SCHEME } from './page.ts';

/** To be registered before the app is ready. Neither gets past the content security policy or may be asked across origins. */
export const SCHEMES: CustomScheme[] = [
  { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  { scheme: PICTURE_SCHEME, privileges: { standard: true, secure: true } },
];

/** What the package's page is made of; nothing else is served. */
const PAGE_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'];

export interface ProtocolOptions {
  /** Folder of the built page. */
  readonly pageDir: string;
  /** @param signal aborts when nobody waits for it any more */
  readonly picture: (
    address: PictureAddress,
    signal?: AbortSignal,
  ) => Promise<{ readonly path: string; readonly type: string; readonly kept?: true } | null>;
  readonly log: Log;
}

/** Serves both schemes until the process ends. */
export function serveProtocols(protocol: Pick<Protocol, 'handle'>, options: ProtocolOptions): void {
  protocol.handle(PAGE_SCHEME, (request) => answerPage(request, options));
  protocol.handle(PICTURE_SCHEME, (request) => answerPicture(request, options));
}

type Asked = Pick<Request, 'url' | 'method'> & Partial<Pick<Request, 'signal'>>;

/** A file of the page: read whole, since none is large. */
export async function answerPage({ url, method }: Asked, { pageDir, log }: ProtocolOptions): Promise<Response> {
  const path = method === 'GET' ? pagePath(url, pageDir) : null;
  const type = path === null ? undefined : PAGE_TYPES[extname(path)];
  if (path === null || type === undefined) return nothing();
  try {
    return new Response(await readFile(path), {
      headers: {
        'content-type': type,
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        // Read anew each time: an update must not meet the page of the version before it.
        'cache-control': 'no-store',
      },
    });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') log.error('page.file', { error: String(error) });
    return nothing();
  }
}

/** The file behind an address of the page; null when that is not below the page's folder. */
function pagePath(url: string, pageDir: string): string | null {
  if (!url.startsWith(`${PAGE_ORIGIN}/`)) return null;
  let name: string;
  try {
    name = decodeURIComponent(new URL(url).pathname);
  } catch {
    return null; // no address, or a percent sign that encodes nothing
  }
  if (/[\0\\:]/.test(name)) return null; // a drive, a stream or a separator of Windows, or the end of a C string
  const root = resolve(pageDir);
  const path = join(root, name === '/' ? 'index.html' : name);
  return path.startsWith(root + sep) ? path : null;
}

/** A picture of a job. Its address changes with its version, so the window may keep what it has. */
export async function answerPicture(
  { url, method, signal }: Asked,
  { picture, log }: ProtocolOptions,
): Promise<Response> {
  const address = method === 'GET' ? readPictureUrl(url) : null;
  if (address === null) return nothing();
  try {
    const found = await picture(address, signal);
    if (found === null || !PICTURE_TYPES.includes(found.type)) return nothing();
    const { body, bytes } = await streamFile(found.path);
    return new Response(body, {
      headers: {
        'content-type': found.type,
        'content-length': String(bytes),
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        // What stands in for a picture whose file is away gives way to it as soon as that is back.
        'cache-control': address.tier === 'full' || found.kept ? 'no-store' : 'private, max-age=31536000, immutable',
      },
    });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') log.warn('page.picture', { job: address.id, error: String(error) });
    return nothing();
  }
}

function nothing(): Response {
  return new Response(null, { status: 404, headers: { 'cache-control': 'no-store' } });
}

const CHUNK = 256 * 1024; // bytes

/**
 * A file piece by piece, as it is asked for. (Not `Readable.toWeb`: it throws past everyone when a picture is no longer
 * wanted, as happens with each scroll; nodejs/node#64529.)
 */
async function streamFile(
  path: string,
): Promise<{ readonly body: ReadableStream<Uint8Array>; readonly bytes: number }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK), 0, CHUNK);
            if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead));
            await file.close();
            controller.close();
          } catch (error) {
            await file.close();
            throw error; // the stream fails with it
          }
        },
        cancel: () => file.close(),
      },
      { highWaterMark: 0 },
    );
    return { body, bytes: size };
  } catch (error) {
    await file.close();
    throw error;
  }
}
