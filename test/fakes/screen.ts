// What a person sees of what a program sent to a terminal: just the codes that a progress bar uses.

/** The lines of the screen at the end, without those that are empty at the end. */
export function screenOf(sent: string, rows = 30): string[] {
  const lines: string[][] = [[]];
  const at = { row: 0, column: 0 };
  let saved = { ...at };
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  for (const [token] of sent.matchAll(/\u001b[78]|\u001b\[\??(\d*)[A-Za-z]|[^]/gu)) {
    const line = (lines[at.row] ??= []);
    if (token === '\r') at.column = 0;
    else if (token === '\n') {
      at.row += 1;
      lines[at.row] ??= [];
      if (lines.length > rows) {
        lines.shift(); // it scrolled: what a saved place meant is another line now
        at.row -= 1;
      }
    } else if (token === '\u001b7') saved = { ...at };
    else if (token === '\u001b8') Object.assign(at, saved);
    else if (token.startsWith('\u001b[')) obey(token.slice(2), line, at);
    else {
      while (line.length < at.column) line.push(' ');
      line[at.column] = token;
      at.column += 1;
    }
  }
  return lines
    .map((line) => line.join('').trimEnd())
    .join('\n')
    .trimEnd()
    .split('\n');
}

function obey(code: string, line: string[], at: { column: number }): void {
  if (code === '1G' || code === 'G') at.column = 0;
  else if (code === '0K' || code === 'K') line.length = Math.min(line.length, at.column);
  else if (code === '2K') line.length = 0;
  else if (!/^\?(?:25|7)[hl]$/.test(code)) throw new Error(`the screen does not know ESC[${code}`);
}
