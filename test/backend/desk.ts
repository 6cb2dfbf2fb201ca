// The handlers of jobs on a real history, with a real engine that sends nothing and a double of the desktop.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Running } from '../../app/backend/context.ts';
import { jobHandlers } from '../../app/backend/job-handlers.ts';
import { failure } from '../../app/domain/failure.ts';
import { unreturning } from '../../app/lib/clock.ts';
import { silentLog } from '../../app/lib/log.ts';
import { FeedRig } from '../engine/feed-rig.ts';
import { SERVICE } from '../history/support.ts';
import { FakeShell } from './rig.ts';

export class Desk extends FeedRig {
  readonly shell = new FakeShell();
  /** What is in use; may be changed at any time. */
  running: Running | null = { service: SERVICE, engine: this.engine };
  readonly folder = join(this.at.dir, 'desk');
  readonly call = jobHandlers({
    history: this.at.history,
    running: () => this.running,
    feed: this.feed,
    shell: this.shell,
    clock: unreturning(this.at.clock),
    log: silentLog,
    dataDir: this.at.dir,
  });

  constructor() {
    super();
    mkdirSync(this.folder);
  }

  /** Enhances a queued job to its end. */
  finish(id: number, more: { readonly credits?: number; readonly path?: string } = {}): void {
    const { credits = 0.5, path = `/photos/enhanced/${id}.jpg` } = more;
    this.at.completed(id, `request-${id}`);
    const output = { path, bytes: 9, sha256: 'f00d', width: 2_000, height: 1_000 };
    this.at.apply(id, { type: 'save' }, { output, metrics: { credits } });
  }

  doubt(id: number): void {
    this.at.apply(id, { type: 'claim' });
    this.at.apply(id, { type: 'submit' });
    this.at.apply(id, { type: 'doubt', failure: failure('uncertain_submit') });
  }

  /** Fails before anything is sent. */
  fail(id: number): void {
    this.at.apply(id, { type: 'claim' });
    this.at.fail(id, failure('photo_damaged', { detail: 'the file ends too early' }));
  }

  /** Fails with a request that may be charged and is still known at the service. */
  timeOut(id: number): void {
    this.at.accepted(id, `request-${id}`);
    this.at.fail(id, failure('timeout'));
  }

  /** Fails with nothing left to ask for, and possibly charged. */
  expire(id: number): void {
    this.at.accepted(id, `request-${id}`);
    this.at.fail(id, failure('expired'), true);
  }

  states(): string[] {
    return this.at.history.summaries.ids({}).map((id) => this.at.history.jobs.get(id)?.state ?? 'gone');
  }
}
