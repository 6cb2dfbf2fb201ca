// What an engine is given: nothing below it is made by itself.
import type { Media } from '../domain/picture.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import type { Disk } from '../lib/disk.ts';
import type { Log } from '../lib/log.ts';
import type { Segmind } from '../segmind/client.ts';
import type { Pacing } from '../segmind/pacing.ts';

/** A watch folder that rests: paused by the user, or outside its hours. */
export interface RestingWatch {
  readonly watchId: number;
  readonly why: 'paused' | 'hours';
}

export interface EngineDeps {
  readonly history: History;
  readonly segmind: Segmind;
  /** Which service `segmind` is: the API's origin, or `practice`. Only jobs of this service are worked on. */
  readonly service: string;
  readonly pacing: Pacing;
  readonly media: Media;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Photos prepared at the same time. */
  readonly preparationsAtOnce: number;
  /** The watch folders of whose photos none is sent at this moment; asked before each step that leads to a submit. */
  readonly resting: () => readonly RestingWatch[];
}
