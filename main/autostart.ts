// Start at login. Electron does it on macOS and Windows; on Linux it is a desktop entry in the user's autostart folder.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../app/lib/clock.ts';
import { writeWhole } from './whole-file.ts';

/** Freedesktop's autostart folder: $XDG_CONFIG_HOME/autostart, or ~/.config/autostart. */
export function autostartFile(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const config = env['XDG_CONFIG_HOME'];
  return join(
    config === undefined || config === '' ? join(home, '.config') : config,
    'autostart',
    'lightbatch.desktop',
  );
}

/** The entry that starts a program hidden. @param program its absolute path */
export function autostartEntry(program: string): string {
  // A quoted argument of the Desktop Entry Specification; the backslashes are doubled because the value is a string, too.
  const quoted = `"${program
    .replace(/(["`$\\])/g, '\\$1')
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%')}"`;
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Lightbatch',
    'Comment=Goes on with the photos that wait',
    `Exec=${quoted} --hidden`,
    'Icon=lightbatch',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** @throws system errors of the disk */
export async function setAutostart(on: boolean, file: string, program: string, clock: Clock): Promise<void> {
  if (on) await writeWhole(file, Buffer.from(autostartEntry(program)), clock);
  else await rm(file, { force: true });
}
