// What the crash tests share: a run that is killed with SIGKILL at an exact moment, and all that must hold after that.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import sharp from 'sharp';
import { expect } from 'vitest';
import { filesBelow, type Line, lineOf, Rig } from '../fakes/command-line.ts';
import { Gate, type GatePoint } from '../fakes/gate.ts';

export const QUICK = { queueMs: { min: 1, max: 10 }, latencyMs: { min: 30, max: 80 } };
/** So many submits are in the air at a time, and so many photos can be in doubt after a crash. */
export const IN_AIR = 2;
const HOOK = new URL('kill-at-write.ts', import.meta.url).href;
const RUN = ['--json', '--rpm', 'none', '--concurrency', '6'];

export class Crashes {
  readonly rig: Rig;
  readonly gate: Gate;
  /** Hash of each photo, by its path. */
  readonly sources: ReadonlyMap<string, string>;
  #kills = 0;

  private constructor(rig: Rig, gate: Gate, photos: readonly string[]) {
    this.rig = rig;
    this.gate = gate;
    this.sources = new Map(photos.map((path) => [path, hashOf(path)]));
  }

  static async open(photos: number): Promise<Crashes> {
    const rig = await Rig.open(QUICK);
    const gate = await Gate.open(rig.service.url);
    rig.origin = gate.origin;
    return new Crashes(rig, gate, await rig.addPhotos(photos));
  }

  get enhance(): string[] {
    return ['enhance', this.rig.photos, ...this.rig.common, ...RUN];
  }

  get resume(): string[] {
    return ['resume', ...this.rig.common, ...RUN];
  }

  /**
   * Runs a command and kills it at the first moment that is meant, before anything else happens.
   * @returns whether there was such a moment
   */
  async killAt(command: readonly string[], isMoment: (point: GatePoint) => boolean): Promise<boolean> {
    const running = this.rig.start(command);
    const killedAt: GatePoint[] = [];
    this.gate.at = (point) => {
      if (killedAt.length > 0 || !isMoment(point)) return;
      killedAt.push(point);
      running.kill('SIGKILL');
      return point.moment === 'asked' ? 'drop' : undefined;
    };
    const { signal } = await running.ended;
    this.gate.at = undefined;
    expect(signal).toBe(killedAt.length > 0 ? 'SIGKILL' : null);
    this.#kills += killedAt.length;
    return killedAt.length > 0;
  }

  /**
   * Runs a command that dies before the nth step in its database; if it does not come to that, it is interrupted when its
   * output fits.
   * @returns whether it died
   */
  async dieAtWrite(command: readonly string[], n: number, isOver: RegExp): Promise<boolean> {
    const running = this.rig.start(command, { env: { NODE_OPTIONS: `--import=${HOOK}`, KILL_AT_WRITE: String(n) } });
    await running.until('out', isOver).then(
      () => running.kill('SIGINT'),
      () => undefined, // it died before
    );
    const { signal } = await running.ended;
    const hasDied = signal === 'SIGKILL';
    this.#kills += hasDied ? 1 : 0;
    return hasDied;
  }

  /** Resumes, which must need no second time, and checks that nothing is lost, doubled, broken or left behind. */
  async finish(): Promise<Line[]> {
    const { rig } = this;
    const { status, json, err } = await rig.run(this.resume);
    const jobs = await rig.history();
    const uncertain = jobs.filter(({ state }) => state === 'uncertain');
    expect(jobs.filter(({ state }) => state !== 'succeeded' && state !== 'uncertain')).toEqual([]);
    expect(jobs.map(({ source }) => source).toSorted()).toEqual([...this.sources.keys()].toSorted());
    expect(uncertain.length).toBeLessThanOrEqual(IN_AIR * this.#kills);
    expect([status, err.includes('went wrong')]).toEqual([lineOf(json, 'summary')['uncertain'] === 0 ? 0 : 1, false]);
    this.#checkMoney(jobs, uncertain.length);
    await this.#checkFiles(jobs);
    return jobs;
  }

  #checkMoney(jobs: readonly Line[], uncertain: number): void {
    const accepted = this.rig.accepted();
    expect(Math.max(...accepted)).toBe(1);
    expect(jobs.length - accepted.length).toBeLessThanOrEqual(uncertain); // what never reached the service is in doubt
    for (const job of jobs) {
      expect(job).toMatchObject(
        job['state'] === 'succeeded'
          ? { charged: 'yes', credits: 0.04 }
          : { charged: 'maybe', code: 'uncertain_submit' },
      );
    }
  }

  async #checkFiles(jobs: readonly Line[]): Promise<void> {
    const { rig, sources } = this;
    const outputs = jobs.flatMap(({ output }) => (typeof output === 'string' ? [output] : []));
    for (const path of outputs) await decode(path);
    for (const [path, hash] of sources) expect(hashOf(path), path).toBe(hash);
    // Exactly the photos and their results: no part, no second copy.
    expect(filesBelow(rig.photos)).toEqual([...sources.keys(), ...outputs].toSorted());
    expect(new Set(outputs.map((path) => basename(path))).size).toBe(outputs.length);
    expect(filesBelow(join(rig.data, 'tmp'))).toEqual([]);
    expect(integrityOf(rig.data)).toBe('ok');
  }
}

/** Mulberry32: the same moments on every run. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function integrityOf(data: string): unknown {
  const db = new Sqlite(join(data, 'history.sqlite'));
  try {
    return db.pragma('integrity_check', { simple: true });
  } finally {
    db.close();
  }
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Every pixel of it, or an error. */
async function decode(path: string): Promise<void> {
  await sharp(path, { failOn: 'warning' }).raw().toBuffer();
}
