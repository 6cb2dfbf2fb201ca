// Paths of folders as text: what tells one from another is at their end.

/** The last parts of a path: `…/2024/Wedding`. @param parts how many */
export function shortFolder(path: string, parts = 2): string {
  const separator = path.includes('\\') ? '\\' : '/';
  const names = path.split(/[/\\]/).filter((name) => name !== '');
  if (names.length <= parts) return path;
  return `…${separator}${names.slice(-parts).join(separator)}`;
}
