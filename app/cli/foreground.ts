// Whether the terminal is ours: the system stops a program in the background that reads from it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ANSWER_MS = 2_000;

/** Whether this process is in the foreground of its terminal; where that cannot be told, it is not. */
export function inForeground(): boolean {
  if (process.platform === 'win32') return true; // no program is stopped for reading there
  try {
    const [group, foreground] = process.platform === 'linux' ? groupsOfLinux() : groupsByPs();
    return group !== undefined && group === foreground;
  } catch {
    return false;
  }
}

/** The process group, and the one that has the terminal: see proc_pid_stat(5). */
function groupsOfLinux(): readonly (string | undefined)[] {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold spaces
  return [fields[2], fields[5]];
}

function groupsByPs(): readonly (string | undefined)[] {
  const args = ['-o', 'pgid=', '-o', 'tpgid=', '-p', String(process.pid)];
  return execFileSync('ps', args, { encoding: 'utf8', timeout: ANSWER_MS, stdio: ['ignore', 'pipe', 'ignore'] })
    .trim()
    .split(/\s+/);
}
