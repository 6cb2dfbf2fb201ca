// How fast photos go through the queue lately, and when a batch will be done at that pace.

/** Times that are looked back over, milliseconds: long enough for slow photos, short enough to be “lately”. */
export const PACE_WINDOW_MS = 300_000;
/** Photos that are enough to tell a pace by. */
export const PACE_SAMPLES = 100;

const ENOUGH = 4;
const SHORTEST_GAP_MS = 60_000;
const GAP_IN_PHOTOS = 4;
/** Times the pace that the slots give: what is quicker was not made meanwhile, only collected. */
const QUICKEST = 2;

export interface PaceFacts {
  readonly now: number;
  /** When the service's photos of all batches were finished lately (milliseconds since the epoch), newest first. */
  readonly finishedAt: readonly number[];
  /** How long a photo usually takes at the service, milliseconds; null before the first. */
  readonly typicalMs: number | null;
  /** Photos at the service at a time. */
  readonly concurrency: number;
}

/** Photos a millisecond, of all batches together; null while too little is known. */
export function photosPerMs(facts: PaceFacts): number | null {
  const { typicalMs, concurrency } = facts;
  const times = withoutBreaks(facts);
  const oldest = times.at(-1);
  const slots = typicalMs === null || typicalMs <= 0 ? null : concurrency / typicalMs;
  if (oldest === undefined || times.length < ENOUGH || facts.now <= oldest) return slots;
  return Math.min((times.length - 1) / (facts.now - oldest), slots === null ? Infinity : slots * QUICKEST);
}

/**
 * Seconds until the last of some photos is done, whole; null while too little is known, 0 without any.
 * @param photos all that are to be done until then, also those of other batches that go first
 */
export function secondsFor(photos: number, facts: PaceFacts): number | null {
  if (photos <= 0) return 0;
  const rate = photosPerMs(facts);
  if (rate === null) return null;
  // However many slots there are, the last photos take their time: of k that are under way, the last is about k/(k+1)
  // of a photo's time away.
  const last = Math.min(photos, facts.concurrency);
  const tail = ((facts.typicalMs ?? 0) * last) / (last + 1);
  return Math.ceil(Math.max(photos / rate, tail) / 1_000);
}

/**
 * Photos of one batch a minute, with one decimal; null while too few of it were finished lately.
 * @param finishedAt when they were (milliseconds since the epoch), newest first
 */
export function photosPerMinute(finishedAt: readonly number[], facts: PaceFacts): number | null {
  const own = { ...facts, finishedAt };
  const times = withoutBreaks(own);
  const oldest = times.at(-1);
  if (oldest === undefined || times.length < ENOUGH || facts.now <= oldest) return null;
  const rate = photosPerMs(own);
  return rate === null ? null : Math.round(rate * 600_000) / 10;
}

/** The latest photos back to where the queue stood still: a pause says nothing about the pace. */
function withoutBreaks({ now, finishedAt, typicalMs }: PaceFacts): number[] {
  const gap = Math.max(SHORTEST_GAP_MS, (typicalMs ?? 0) * GAP_IN_PHOTOS);
  const times: number[] = [];
  for (let at = now; times.length < PACE_SAMPLES;) {
    const next = finishedAt[times.length];
    if (next === undefined || at - next > gap || now - next > PACE_WINDOW_MS) break;
    times.push(next);
    at = next;
  }
  return times;
}
