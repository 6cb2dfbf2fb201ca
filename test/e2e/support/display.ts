// A display to draw on where there is none: Xvfb, for as long as the tests run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export default async function giveDisplay(): Promise<(() => Promise<void>) | undefined> {
  if (process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']) return undefined;
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '4000x2400x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const numbers = screen.stdio[3];
  if (!numbers || !('read' in numbers)) throw new Error('Xvfb has no way to say its display.');
  const failed = once(screen, 'error').then(([error]) => {
    throw new Error('There is no display and no Xvfb to make one.', { cause: error });
  });
  const [line] = (await Promise.race([once(createInterface({ input: numbers }), 'line'), failed])) as [string];
  process.env['DISPLAY'] = `:${line}`;
  return async () => {
    delete process.env['DISPLAY']; // whoever wants one after that is given one of his own
    screen.kill();
    if (screen.exitCode === null && screen.signalCode === null) await once(screen, 'exit');
  };
}
