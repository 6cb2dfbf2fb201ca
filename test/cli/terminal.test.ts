// What a person sees on a terminal while a run goes on, and what is left on the screen after it.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Rig, type Running, smallPhoto } from '../fakes/command-line.ts';
import { screenOf } from '../fakes/screen.ts';

const CURSOR = '\u001b[?25h';

describe.skipIf(!hasScript())('on a terminal', () => {
  it('a bar shows counts, rate and time left; failures stay above it, and the summary is what is left', async () => {
    const rig = await Rig.open({ latencyMs: { min: 150, max: 250 } });
    await rig.addPhotos(7);
    rig.fault = ({ route, count }) =>
      route === 'submit' && count === 4 ? { kind: 'fail', error: 'A fault' } : undefined;
    const args = ['enhance', rig.photos, ...rig.common, '--concurrency', '1', '--rpm', 'none'];
    const { status, out } = await rig.run(args, { onTerminal: true });
    expect(status).toBe(1);
    expect(out).toMatch(/[█░]{24} \d\/7 {2}/);
    expect(out).toMatch(/1 at the service/);
    expect(out).toMatch(/[█░]{24} [3-6]\/7 {2}1 failed · .*\d a minute · \d+ s left · 0\.\d\d credits/);
    expect(out.lastIndexOf(CURSOR)).toBeGreaterThan(out.lastIndexOf('\u001b[?25l'));
    expect(screenOf(out)).toEqual([
      '7 photos · about 0.28 credits · about 4 min',
      expect.stringMatching(
        /^photo-00\d\.jpg failed: The model could not enhance this photo\. .*\(A fault\)$/,
      ) as string,
      expect.stringMatching(/^Enhanced 6 photos in \d+ s -> photos\/Enhanced$/) as string,
      '0.24 credits were charged.',
      '1 photo failed: “history --status failed” tells why, “retry” tries again.',
    ]);
  });

  it('Ctrl-C is answered at once, and the screen is left in order', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(3);
    const asked = Promise.withResolvers<void>();
    rig.fault = ({ route }) => {
      if (route === 'submit') return { kind: 'never-done' };
      if (route === 'result' || route === 'status') asked.resolve();
      return undefined;
    };
    const running = rig.start(['enhance', rig.photos, ...rig.common], { onTerminal: true });
    await asked.promise;
    await running.until('out', 'at the service');
    running.child.stdin?.write('\u0003');
    const { status, out } = await running.ended;
    expect(status).toBe(130);
    expect(out.endsWith(CURSOR) || out.lastIndexOf(CURSOR) > out.lastIndexOf('\u001b[?25l')).toBe(true);
    expect(screenOf(out)).toEqual([
      expect.stringMatching(/^3 photos · /) as string,
      'Stopping: nothing new is sent, and what is under way is kept. Press Ctrl-C again to stop at once.',
      expect.stringMatching(/^Enhanced 0 photos in \d+ s$/) as string,
      '3 photos unfinished, and safe: “resume” goes on.',
    ]);
  });

  it('practice says so in the bar itself', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    const { status, out } = await rig.run(['enhance', rig.photos, '--practice', '--data', rig.data], {
      onTerminal: true,
    });
    expect(status).toBe(0);
    expect(out).toMatch(/PRACTICE [█░]{24} 0\/1/);
    expect(screenOf(out).at(-1)).toMatch(/\(practice, not Bria\)$/);
  });

  it('watched photos that wait are sent by Enter, after their price was told', async () => {
    const rig = await Rig.open();
    const bytes = await Promise.all(['a', 'b', 'c'].map((name) => smallPhoto(name)));
    const args = ['watch', rig.photos, ...rig.common, '--settle', '0.5', '--storm-limit', '2'];
    const running = rig.start(args, { onTerminal: true });
    await running.until('out', 'Watching photos with its sub-folders -> ');
    for (const [index, photo] of bytes.entries()) writeFileSync(join(rig.photos, `${index}.jpg`), photo);
    await running.until(
      'out',
      '“photos”: 3 new photos wait, since more than 2 came at once (about 0.12 credits). Press Enter to enhance them, or n and Enter to leave them alone.',
    );
    expect(rig.service.stats().submits).toBe(0);
    await typed(running, '\r', 'Enhancing 3 photos.');
    await running.until('out', /(?:-> photos\/Enhanced\/[012]_enhanced\.jpg[^]*){3}/);
    running.child.stdin?.write('\u0003');
    const { status, out } = await running.ended;
    expect(status).toBe(130);
    expect(out).toContain('Enhanced 3 photos in');
    expect(rig.accepted()).toEqual([1, 1, 1]);
  });

  it('Enter that was typed before the price was told sends nothing, another word leaves it open, and “n” leaves them alone', async () => {
    const rig = await Rig.open();
    const args = ['watch', rig.photos, ...rig.common, '--settle', '0.5', '--storm-limit', '1'];
    const running = rig.start(args, { onTerminal: true });
    await running.until('out', 'Watching photos with its sub-folders -> ');
    running.child.stdin?.write('\r\r');
    await rig.addPhotos(2);
    await running.until('out', '(about 0.08 credits). Press Enter to enhance them, ');
    await typed(running, 'later\r', 'Not sent: 2 photos.');
    await running.until('out', 'End this with Ctrl-C, then “watch --held --yes” with this folder enhances them');
    await rig.addPhoto('later.jpg');
    await running.until('out', '(about 0.12 credits). Press Enter to enhance them, ');
    await typed(running, 'n\r', '“photos”: 3 photos are left alone, as what was there before.');
    running.child.stdin?.write('\u0003');
    const { out } = await running.ended;
    expect(out).not.toContain('Enhancing');
    expect(rig.service.stats().submits).toBe(0);
  });

  it('Ctrl-D declines, and from then on the command is told that sends what waits', async () => {
    const rig = await Rig.open();
    const args = ['watch', rig.photos, ...rig.common, '--settle', '0.5', '--storm-limit', '1'];
    const running = rig.start(args, { onTerminal: true });
    await running.until('out', 'Watching photos with its sub-folders -> ');
    await rig.addPhotos(2);
    await running.until('out', 'Press Enter to enhance them, ');
    running.child.stdin?.write('\u0004');
    await running.until('out', 'Not sent: 2 photos.');
    await rig.addPhoto('later.jpg');
    await running.until('out', /3 new photos wait, since .* End this with Ctrl-C, then “watch --held --yes”/);
    running.child.stdin?.write('\u0003');
    await running.ended;
    expect(rig.service.stats().submits).toBe(0);
  });

  it('a watch in the background does not read from the terminal: the system would stop it', async () => {
    const rig = await Rig.open();
    const args = ['watch', rig.photos, ...rig.common, '--settle', '0.5', '--storm-limit', '2'];
    const running = rig.start(args, { onTerminal: true, inBackground: true });
    await running.until('out', 'Watching photos with its sub-folders -> ');
    const pid = Number(/pid (\d+)/.exec(running.out)?.[1]);
    onTestFinished(() => endOf(pid));
    await rig.addPhotos(3);
    await running.until('out', /3 new photos wait, since .* End this with Ctrl-C, then “watch --held --yes”/);
    running.child.stdin?.write('\r');
    await rig.addPhoto('later.jpg');
    await running.until('out', '4 new photos wait'); // it goes on
    process.kill(pid, 'SIGINT');
    await running.until('out', '4 new photos wait, and they are not sent.');
    expect(rig.service.stats().submits).toBe(0);
  });

  it('a script that asks for JSON gets no bar', async () => {
    const rig = await Rig.open();
    await rig.addPhotos(1);
    const { status, out } = await rig.run(['enhance', rig.photos, ...rig.common, '--json'], { onTerminal: true });
    expect(status).toBe(0);
    expect(out.replaceAll('\r\n', '')).not.toMatch(/[█░\p{Cc}]/u);
  });
});

/** Types until it is answered: what is typed before a line can have been read is no answer to it. */
async function typed(running: Running, text: string, answer: string): Promise<void> {
  const again = setInterval(() => running.child.stdin?.write(text), 100);
  try {
    await running.until('out', answer);
  } finally {
    clearInterval(again);
  }
}

function endOf(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}

function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}
