// Keys as they are written on the user's own system.

/** `Ctrl+Shift+O`, or `⇧⌘O` on a Mac. @param platform as `AppState` tells it */
export function shortcut(platform: string | undefined, key: string, { shift = false } = {}): string {
  if (platform === 'darwin') return `${shift ? '⇧' : ''}⌘${key}`;
  return `Ctrl+${shift ? 'Shift+' : ''}${key}`;
}
