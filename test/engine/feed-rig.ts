// A feed on a real history and a real engine that sends nothing, by a clock that stands still.
import type { FeedMessage } from '../../app/contract/values.ts';
import type { JobEvent } from '../../app/domain/job.ts';
import { Engine } from '../../app/engine/engine.ts';
import { Feed } from '../../app/engine/feed.ts';
import type { Log } from '../../app/lib/log.ts';
import { createSegmind } from '../../app/segmind/client.ts';
import { Pacing } from '../../app/segmind/pacing.ts';
import { mediaDouble } from '../fakes/media.ts';
import { newBatch, SERVICE, TestHistory } from '../history/support.ts';

const NOWHERE = 'http://127.0.0.1:9';

export class FeedRig implements AsyncDisposable {
  readonly at = new TestHistory();
  readonly feed: Feed;
  readonly engine: Engine;
  /** What was sent since `settle`. */
  messages: FeedMessage[] = [];
  /** Names of the events in the log that are warnings or worse. */
  readonly logged: string[] = [];

  constructor() {
    const { history, clock } = this.at;
    const note = (event: string) => void this.logged.push(event);
    const log: Log = { info: () => undefined, warn: note, error: note };
    this.feed = new Feed({ history, clock, log });
    this.feed.on((message) => this.messages.push(message));
    this.engine = new Engine(
      {
        history,
        segmind: createSegmind({ apiUrl: NOWHERE, storageUrl: NOWHERE, key: 'SG_0000000000000000', clock }),
        service: SERVICE,
        pacing: new Pacing({ clock, perMinute: null, random: () => 0 }),
        media: mediaDouble(),
        disk: { freeBytes: () => Promise.resolve(1e12) },
        clock,
        log,
        random: () => 0,
        preparationsAtOnce: 1,
        resting: () => [],
      },
      { concurrency: 4 },
    );
    this.feed.attach({ service: SERVICE, engine: this.engine });
    this.settle();
  }

  /** Lets everything be sent that is due, and forgets it. */
  settle(): void {
    this.at.clock.advance(5_000);
    this.messages = [];
  }

  /** Changes a job and tells of it, as the engine does. */
  change(id: number, event: JobEvent): void {
    this.feed.touch([this.at.history.jobs.apply(id, event, this.at.clock.now())]);
  }

  /** Adds a batch through the engine and answers its id. */
  addBatch(photos: number): number {
    const { name, parameters, output, jobs } = newBatch(photos);
    return this.engine.addBatch({ name, parameters, output, jobs }).id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.feed[Symbol.dispose]();
    await this.engine.stop();
    const { pending } = this.at.clock;
    this.at[Symbol.dispose]();
    if (pending > 0) throw new Error(`left behind: ${pending} timers`);
  }
}
