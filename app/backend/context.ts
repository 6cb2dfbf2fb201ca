// What the handlers of commands work with while the history is open.
import type { Engine } from '../engine/engine.ts';
import type { Feed } from '../engine/feed.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Shell } from './shell.ts';

/** The service that photos are sent to, with the one engine that works for it. */
export interface Running {
  /** The service's name in the history: the API's origin, or `practice`. */
  readonly service: string;
  readonly engine: Engine;
}

export interface Context {
  readonly history: History;
  /** Null while there is no key and no practice. It changes when the user changes the service: ask each time. */
  readonly running: () => Running | null;
  readonly feed: Feed;
  readonly shell: Shell;
  readonly clock: Clock;
  readonly log: Log;
  readonly dataDir: string;
}
