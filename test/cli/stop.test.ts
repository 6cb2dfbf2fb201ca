// How a run ends before it is done, and what other commands can do beside it.
import { closeSync, linkSync, mkdirSync, openSync, watch } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Gate } from '../fakes/gate.ts';
import { KEY, lineOf, Rig, type Running, statesOf } from '../fakes/command-line.ts';

/** A run with photos at the service that will not be done, and more that wait. */
async function busyRun(photos = 5): Promise<{ rig: Rig; running: Running }> {
  const rig = await Rig.open();
  await rig.addPhotos(photos);
  const asked = Promise.withResolvers<void>();
  let submits = 0;
  rig.fault = ({ route }) => {
    if (route === 'submit') {
      submits += 1;
      return { kind: 'never-done' };
    }
    if (submits === 2 && (route === 'result' || route === 'status')) asked.resolve();
    return undefined;
  };
  const running = rig.start(['enhance', rig.photos, ...rig.common, '--json', '--concurrency', '2']);
  await asked.promise;
  return { rig, running };
}

describe('Ctrl-C', () => {
  it('once stops cleanly, and `resume` finishes with one accepted submit a photo', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(8);
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json', '--concurrency', '2']);
    await running.until('out', '"state":"succeeded"');
    running.kill('SIGINT');
    const ended = await running.ended;
    expect([ended.status, ended.signal]).toEqual([130, null]);
    expect(ended.err).toContain('Press Ctrl-C again to stop at once');
    expect(ended.err).toMatch(/\d photos? unfinished, and safe: “resume” goes on/);
    const { succeeded, failed, uncertain } = lineOf(ended.json, 'summary');
    expect([failed, uncertain]).toEqual([0, 0]);
    expect(statesOf(await rig.history())['submitting']).toBeUndefined();
    const resumed = await rig.run(['resume', ...rig.common, '--json']);
    expect(resumed.status).toBe(0);
    expect(Number(succeeded) + Number(lineOf(resumed.json, 'summary')['succeeded'])).toBe(8);
    expect(rig.accepted()).toEqual(Array(8).fill(1));
  });

  it('before anything is sent ends the command with the same status', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(2);
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json']);
    await running.until('err', 'photos · about'); // the batch is made in this moment
    running.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    const jobs = await rig.history();
    expect([0, 2]).toContain(jobs.length);
    expect(jobs.filter(({ state }) => state === 'failed' || state === 'uncertain')).toEqual([]);
  });

  it('while photos are still looked at ends with the summary that every run has', async () => {
    const rig = await Rig.open();
    const photo = await rig.addPhoto('photo.jpg');
    for (let n = 0; n < 3_000; n += 1) linkSync(photo, join(rig.photos, `same-${n}.jpg`)); // takes a while to look at
    mkdirSync(rig.data);
    const opened = Promise.withResolvers<void>();
    const watcher = watch(rig.data, (_, name) => {
      if (name === 'practice' || name === 'history.sqlite') opened.resolve();
    });
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json']);
    await opened.promise;
    watcher.close();
    running.kill('SIGTERM');
    const { status, json, err } = await running.ended;
    expect(status).toBe(130);
    expect(lineOf(json, 'summary')).toEqual({
      type: 'summary',
      succeeded: 0,
      failed: 0,
      uncertain: 0,
      skipped: 0,
      canceled: 0,
      credits: 0,
      seconds: expect.any(Number) as number,
    });
    expect(err).toBe('Stopped before anything was sent.\n');
    expect(await rig.history()).toEqual([]);
  });

  it('waits for the answer of a submit that is in the air, so that nothing becomes uncertain', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(4);
    const gate = await Gate.open(rig.service.url);
    rig.origin = gate.origin;
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json']);
    gate.at = async ({ route, moment, count }) => {
      if (route !== 'submit' || moment !== 'answered' || count > 1) return;
      running.kill('SIGINT');
      await running.until('err', 'Stopping'); // only now does the answer go on to the client
    };
    const ended = await running.ended;
    expect(ended.status).toBe(130);
    expect(lineOf(ended.json, 'summary')).toMatchObject({ uncertain: 0, failed: 0 });
    expect(rig.service.stats().accepted).toBeGreaterThan(0);
    expect((await rig.run(['resume', ...rig.common])).status).toBe(0);
    expect(rig.accepted()).toEqual([1, 1, 1, 1]);
  });

  it('twice stops at once, whatever is in the air', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(3);
    const sent = Promise.withResolvers<void>();
    rig.fault = ({ route }) => {
      if (route !== 'submit') return undefined;
      sent.resolve();
      return { kind: 'stall', when: 'after' };
    };
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json']);
    await sent.promise;
    running.kill('SIGINT');
    await running.until('err', 'Stopping');
    running.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    rig.fault = undefined;
    const resumed = await rig.run(['resume', ...rig.common, '--json']);
    const { succeeded, uncertain } = lineOf(resumed.json, 'summary');
    expect([resumed.status, Number(succeeded) + Number(uncertain)]).toEqual([1, 3]);
    expect(Number(uncertain)).toBeLessThanOrEqual(2); // no more than are in the air at a time
    expect(Math.max(...rig.accepted())).toBe(1);
  });

  it.skipIf(process.platform === 'win32')(
    'in a terminal reaches the picture processes, too, and fails no photo',
    async () => {
      const rig = await Rig.open();
      await rig.addPhotos(2);
      for (const background of ['#456', '#a45', '#4b6']) {
        const large = sharp({ create: { width: 6000, height: 5000, channels: 3, background } });
        await large.jpeg().toFile(join(rig.photos, `large-${background}.jpg`));
      }
      const running = rig.start(['enhance', rig.photos, ...rig.common, '--json', '--rpm', 'none'], { asGroup: true });
      rig.fault = ({ route }) => {
        if (route === 'upload') running.interrupt(); // a small one has come: the large ones are being prepared now
        rig.fault = undefined;
        return undefined;
      };
      const ended = await running.ended;
      expect([ended.status, lineOf(ended.json, 'summary')['failed']]).toEqual([130, 0]);
      const resumed = await rig.run(['resume', ...rig.common, '--json']);
      expect(resumed.status).toBe(0);
      expect(rig.accepted()).toEqual(Array(5).fill(1));
    },
  );

  it.each(['SIGTERM', 'SIGHUP'] as const)('is what %s means, too', async (signal) => {
    const { rig, running } = await busyRun();
    running.kill(signal);
    const ended = await running.ended;
    expect([ended.status, ended.signal]).toEqual([130, null]);
    expect(statesOf(await rig.history())).toEqual({ processing: 2, queued: 3 });
  });
});

describe('an output that nobody reads', () => {
  it('does not break the run: `enhance … | head -1`', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(6);
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json', '--concurrency', '2']);
    await running.until('out', '\n');
    running.child.stdout?.destroy();
    expect((await running.ended).status).toBe(0);
    expect(statesOf(await rig.history())).toEqual({ succeeded: 6 });
    expect(rig.accepted()).toEqual(Array(6).fill(1));
  });

  it.skipIf(process.platform !== 'linux')('that cannot be written does not break it either, and is told', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(3);
    const full = openSync('/dev/full', 'w');
    try {
      const { status, err } = await rig.run(['enhance', rig.photos, ...rig.common, '--json'], { stdout: full });
      expect(status).toBe(1);
      expect(err.match(/The output cannot be written: .*ENOSPC/g)).toHaveLength(1);
    } finally {
      closeSync(full);
    }
    expect(statesOf(await rig.history())).toEqual({ succeeded: 3 });
  });
});

describe('beside a run', () => {
  it('a second one on the same data folder says who runs the queue, and ends with 2', async () => {
    const { rig, running } = await busyRun();
    for (const command of [['enhance', rig.photos], ['resume']]) {
      const { status, out, err } = await rig.run([...command, ...rig.common]);
      expect([status, out]).toEqual([2, '']);
      expect(err).toMatch(new RegExp(`run by the command line \\(process ${running.child.pid} on .*--data`));
    }
    expect(rig.service.stats().submits).toBe(2);
    running.kill('SIGKILL');
    await running.ended;
    rig.fault = undefined;
    const next = rig.start(['resume', ...rig.common, '--json']); // a dead holder holds nothing
    await next.until('err', 'Going on with 5 photos');
  });

  it('`history` and `credits` work', async () => {
    const { rig, running } = await busyRun();
    expect(statesOf(await rig.history())).toMatchObject({ processing: 2 });
    expect((await rig.run(['credits', ...rig.common])).status).toBe(0);
    expect((await rig.run(['credits', '--practice', '--data', rig.data])).out).toMatch(/credits.*practice, not Bria/);
    running.kill('SIGINT');
    await running.ended;
  });

  it('`history` works while photo after photo is written', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(10);
    const running = rig.start(['enhance', rig.photos, ...rig.common, '--json', '--rpm', 'none']);
    await running.until('out', '"type":"batch"');
    const seen = await Promise.all([rig.history(), rig.history()]);
    for (const lines of seen) expect(lines).toHaveLength(10);
    expect((await running.ended).status).toBe(0);
  });
});

describe('practice', () => {
  it.skipIf(process.platform === 'win32')(
    'goes on after Ctrl-C in a terminal, too, with what its embedded service had taken',
    async () => {
      const rig = await Rig.open();
      await rig.addPhotos(4);
      const practice = ['--practice', '--data', rig.data, '--json'];
      const running = rig.start(['enhance', rig.photos, '--resolution', '2MP', ...practice], { asGroup: true });
      await running.until('out', '"state":"succeeded"');
      running.interrupt();
      expect((await running.ended).status).toBe(130);
      const resumed = await rig.run(['resume', ...practice]);
      expect(resumed.status).toBe(0);
      const jobs = await rig.history();
      expect(statesOf(jobs)).toEqual({ succeeded: 4 });
      expect(jobs.map(({ credits }) => credits)).toEqual(Array(4).fill(0.04));
    },
  );
});

describe('`practice-server`', () => {
  it('serves a run in another process with the faults it is asked for, and tells at the end what it did', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(4);
    const knobs = ['--latency', '10', '--queue', '1', '--fail-every', '2', '--credits', '1', '--price', '0.25'];
    const server = rig.start(['practice-server', '--port', '0', '--json', ...knobs, '--state', join(rig.dir, 'state')]);
    await server.until('out', '"listening"');
    expect(server.err).toContain('practice service (not Bria)');
    const { url, storageUrl } = JSON.parse(server.out) as { url: string; storageUrl: string };
    const origins = ['--api-url', url, '--storage-url', storageUrl];
    const { status, json } = await rig.run(['enhance', rig.photos, '--data', rig.data, ...origins, '--json']);
    expect(status).toBe(1);
    expect(lineOf(json, 'summary')).toMatchObject({ succeeded: 2, failed: 2, credits: 0.5 });
    server.kill('SIGINT');
    const ended = await server.ended;
    expect(ended.status).toBe(0);
    expect(lineOf(ended.json, 'stats')).toMatchObject({ submits: 4, accepted: 4, completed: 2, billed: 0.5 });
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('ends as cleanly on %s as on Ctrl-C', async (signal) => {
    const rig = await Rig.open();
    const server = rig.start(['practice-server', '--json']);
    await server.until('out', '"listening"');
    server.kill(signal);
    const ended = await server.ended;
    expect([ended.status, ended.signal]).toEqual([0, null]);
    expect(lineOf(ended.json, 'stats')).toMatchObject({ submits: 0 });
  });

  it('says so in a sentence when it cannot have its port or its folder', async () => {
    const rig = await Rig.open();
    const { port } = new URL(rig.service.url);
    const taken = await rig.run(['practice-server', '--port', port]);
    expect([taken.status, taken.out]).toEqual([2, '']);
    expect(taken.err).toBe(
      `Port ${port} is used by another program. Choose another with --port; 0 takes a free one.\n`,
    );
    const state = join(await rig.addPhoto('photo.jpg'), 'state');
    const odd = await rig.run(['practice-server', '--state', state, '--json']);
    expect([odd.status, lineOf(odd.json, 'error')['code']]).toEqual([2, 'usage']);
    expect(odd.err).toMatch(/^The state folder .* cannot be used \(ENOTDIR.*\)\. Choose another\.\n$/);
  });

  it('has a knob for each thing that goes wrong with a submit, and “none” turns it off', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(4);
    const serving = async (...knobs: string[]) => {
      const server = rig.start(['practice-server', '--latency', '10', '--queue', '1', '--json', ...knobs]);
      await server.until('out', '"listening"');
      return { server, url: (JSON.parse(server.out) as { url: string }).url };
    };
    const runAgainst = async (url: string) => {
      const origins = ['--api-url', url, '--storage-url', url, '--concurrency', '1', '--on-exists', 'overwrite'];
      const run = await rig.run(['enhance', rig.photos, '--data', rig.data, ...origins, '--json']);
      return [run.status, lineOf(run.json, 'summary')];
    };
    const broken = await serving('--moderate-every', '3', '--drop-every', '4', '--error-every', '5', '--rpm', '100');
    const counts = { succeeded: 2, failed: 1, uncertain: 1 };
    expect(await runAgainst(broken.url)).toEqual([1, expect.objectContaining(counts)]);
    const headers = { 'x-api-key': KEY, 'content-type': 'application/json' };
    const fifth = await fetch(`${broken.url}/v2/bria-enhance-image`, { method: 'POST', headers, body: '{}' });
    expect(fifth.status).toBe(500);
    const off = [
      '--rpm',
      '--credits',
      '--spend-limit',
      '--fail-every',
      '--moderate-every',
      '--drop-every',
      '--error-every',
    ];
    const whole = await serving(...off.flatMap((knob) => [knob, 'none']));
    expect(await runAgainst(whole.url)).toEqual([0, expect.objectContaining({ succeeded: 4 })]);
  });
});
