// A submit goes out once, whatever becomes of the connection. Sockets are bare, so that they can die at any byte.
import { connect, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEST_CERTIFICATE } from './certificate.ts';
import { client, KEY, requestOf, serve, serveRaw, type RawServer } from './support.ts';

const IMAGE = 'https://images.example/' + 'x'.repeat(200);

const answerText = (body: string, head = '') =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`;

interface Script {
  /** Called when a whole POST has arrived; it is the first on its connection or a later one. */
  onPost?: (socket: Socket) => void;
  /** Called at the first bytes of a POST, which may not be all. */
  onFirstBytes?: (socket: Socket) => void;
}

/** Answers GETs and keeps the connection alive; POSTs are counted and left to the script. */
async function scripted({
  onPost,
  onFirstBytes,
}: Script): Promise<RawServer & { posts: () => number; idle: Socket[] }> {
  let posts = 0;
  const idle: Socket[] = [];
  const server = await serveRaw((socket) => {
    let pending = '';
    let counted = false;
    socket.on('data', (bytes: Buffer) => {
      pending += bytes.toString('latin1');
      if (pending.startsWith('GET') && pending.endsWith('\r\n\r\n')) {
        pending = '';
        idle.push(socket);
        socket.write(answerText('{"status":"QUEUED"}', 'Connection: keep-alive\r\nKeep-Alive: timeout=60\r\n'));
      }
      if (!pending.startsWith('POST')) return;
      if (!counted) {
        posts += 1;
        counted = true;
        onFirstBytes?.(socket);
      }
      const [head = '', body] = pending.split('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (body !== undefined && body.length >= length) {
        pending = '';
        counted = false;
        onPost?.(socket);
      }
    });
  });
  return { ...server, posts: () => posts, idle };
}

const moments: [string, Script][] = [
  ['closes at the first bytes', { onFirstBytes: (socket) => socket.destroy() }],
  ['is reset at the first bytes', { onFirstBytes: (socket) => socket.resetAndDestroy() }],
  ['closes after the body', { onPost: (socket) => socket.destroy() }],
  ['ends politely after the body', { onPost: (socket) => socket.end() }],
  ['is reset after the body', { onPost: (socket) => socket.resetAndDestroy() }],
  ['closes within the status line', { onPost: (socket) => socket.end('HTTP/1.1 2') }],
  ['closes within the headers', { onPost: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Type: appl') }],
  [
    'closes within the answer',
    { onPost: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"request_id":"r-1"') },
  ],
  [
    'is reset within the answer',
    {
      onPost: (socket) =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"request', () => socket.resetAndDestroy()),
    },
  ],
  [
    'closes within a chunked answer',
    { onPost: (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"req') },
  ],
  ['speaks no HTTP', { onPost: (socket) => socket.end('220 mail.example ESMTP\r\n') }],
];

describe.each([
  ['kept alive by an earlier GET', true],
  ['new', false],
])('on a connection that is %s', (_name, warm) => {
  test.each(moments)('exactly one POST goes out when it %s, and the submit is uncertain', async (_moment, script) => {
    await using server = await scripted(script);
    const segmind = client(server.url);
    if (warm) await segmind.status(requestOf(server.url));
    const answer = await segmind.submit({ image: IMAGE });
    expect(answer).toMatchObject({ kind: 'uncertain', failure: { code: 'uncertain_submit', charged: 'maybe' } });
    // A GET after it shows that nothing else was waiting to be sent.
    await segmind.status(requestOf(server.url));
    expect(server.posts()).toBe(1);
    expect(server.connections()).toBe(2);
  });
});

describe('a kept-alive connection that dies while idle', () => {
  test.each([
    ['is reset', (socket: Socket) => socket.resetAndDestroy()],
    ['is closed', (socket: Socket) => socket.destroy()],
  ])('and %s never makes two POSTs of one submit', async (_name, kill) => {
    await using server = await scripted({
      onPost: (socket) => socket.write(answerText('{"request_id":"r-1"}')),
    });
    const segmind = client(server.url);
    await segmind.status(requestOf(server.url));
    for (const socket of server.idle) kill(socket); // the client may learn of it before, while or after it sends
    const answer = await segmind.submit({ image: IMAGE });
    expect(['accepted', 'uncertain']).toContain(answer.kind);
    expect(server.posts()).toBe(answer.kind === 'accepted' ? 1 : 0);
  });
});

describe('the answer that makes fetch send a request again', () => {
  test('a 421 is taken as it is', async () => {
    await using server = await serve((response) => void response.writeHead(421).end());
    await client(server.url).submit({ image: IMAGE });
    expect(server.seen).toHaveLength(1);
  });

  test.each([301, 302, 303, 307, 308])('a %i is not followed, and no other origin sees the key', async (status) => {
    await using elsewhere = await serve((response) => void response.end('{"request_id":"r-1"}'));
    await using server = await serve(
      (response) => void response.writeHead(status, { location: `${elsewhere.url}/v2/bria-enhance-image` }).end(),
    );
    const answer = await client(server.url).submit({ image: IMAGE });
    expect(answer.kind).toBe('uncertain');
    expect(server.seen.map(({ headers }) => headers['x-api-key'])).toEqual([KEY]);
    expect(elsewhere.seen).toHaveLength(0);
  });
});

describe('over TLS', () => {
  const trusted = getCACertificates('default');
  beforeAll(() => setDefaultCACertificates([...trusted, TEST_CERTIFICATE]));
  afterAll(() => setDefaultCACertificates(trusted));

  test('a protocol error after the request was sent is uncertain, unlike one before', async () => {
    const clients: Socket[] = [];
    const forged = Buffer.concat([Buffer.from([0x17, 0x03, 0x03, 0x00, 0x40]), Buffer.alloc(0x40, 7)]);
    // The server never answers; in its place comes a record of TLS that no key of the connection has encrypted.
    await using server = await serve(() => clients.forEach((socket) => socket.write(forged)), {
      tls: true,
    });
    await using proxy = await serveRaw((socket) => {
      clients.push(socket);
      const upstream = connect(server.port, '127.0.0.1');
      upstream.on('error', () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    });
    const answer = await client(proxy.url.replace('http:', 'https:')).submit({ image: IMAGE });
    expect(server.seen).toHaveLength(1);
    expect(answer).toMatchObject({ kind: 'uncertain' });
  });
});
