// The knobs of the practice service, what can be made to go wrong at it, and what it counts.
import type { RetouchSettings } from '../domain/picture.ts';
import type { Clock } from '../lib/clock.ts';

/** Does the pixels: reads the picture file `source`, writes the picture file `target`. The same job gives the same picture. */
export type Retouch = (job: { source: string; target: string; settings: RetouchSettings }) => Promise<void>;

/** Milliseconds; each request gets its own value in it, by its seed, its picture and its number. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export type KeyVerdict = 'ok' | 'invalid' | 'expired' | 'forbidden';

export interface PracticeOptions {
  /** Port on 127.0.0.1; 0 (the default) takes a free one. */
  port?: number;
  clock: Clock;
  /** Uploads, requests and results are kept here and survive a restart of the service. One service at a time. */
  stateDir: string;
  retouch: Retouch;
  /** From the start of processing to done: 1.2–2 s by default; longer when the picture takes longer. */
  latencyMs?: Range;
  /** Time in QUEUED at the least, 100–300 ms by default. */
  queueMs?: Range;
  /** How many requests are processed at once, 16 by default; the others stay QUEUED. */
  workers?: number;
  /** Fixed windows aligned to the clock; null (the default) is no limit. */
  requestsPerMinute?: number | null;
  /** Length of a window: 60,000 ms by default. */
  windowMs?: number;
  /** Whether status and result requests count against the limit, as submits do: yes by default. */
  pollsCount?: boolean;
  /** What the account holds before anything in `stateDir` was billed; null (the default) is plenty. */
  credits?: number | null;
  /** Credits for a completed request, 0.04 by default. */
  price?: number;
  /** Credits the team may spend in all; null (the default) is no limit. */
  spendLimit?: number | null;
  /** Spent before the credits; 0 by default. */
  freeCredits?: number;
  /** How long a request is known, from its submission: 1 hour by default. */
  recordLifeMs?: number;
  /** How long a result can be downloaded, and an upload be used: 7 days by default. */
  fileLifeMs?: number;
  /** Judges a key; by default `SG_` and 16 hexadecimal digits are well. */
  keys?: (key: string) => KeyVerdict;
  /** The model is retired: submits answer 410. */
  modelGone?: boolean;
  /** Called once for each HTTP request on a route, to make something go wrong there. */
  fault?: ((at: FaultPoint) => Fault | undefined) | undefined;
  /** Larger bodies answer 413: 64 MB by default. */
  maxUploadBytes?: number;
  /** Under which name an upload answers its URLs: both have been seen. */
  uploadsUnder?: 'urls' | 'file_urls';
}

/** What may be changed while the service runs. */
export type PracticeChanges = Partial<
  Pick<PracticeOptions, 'credits' | 'spendLimit' | 'requestsPerMinute' | 'modelGone' | 'fault' | 'keys'>
>;

export type FaultRoute = 'submit' | 'status' | 'result' | 'credits' | 'upload' | 'file';

export interface FaultPoint {
  readonly route: FaultRoute;
  /** The nth request on this route since the start, from 1. */
  readonly count: number;
  /** For `status`, `result` and the `file` of a result. */
  readonly requestId?: string;
  /** For `submit`: the image as given; a `data:` URI is given by its kind and hash. */
  readonly image?: string;
}

/** What becomes of a request that the submit accepts; on other routes these change nothing. */
export type Fate =
  /** It becomes FAILED with this error; not billed. */
  | { readonly kind: 'fail'; readonly error: string }
  /** It becomes COMPLETED, and is billed, without naming an output. */
  | { readonly kind: 'no-output' }
  /** The output comes as `{url}`, `[url]` or `[{url}]` instead of as a string. */
  | { readonly kind: 'output-shape'; readonly shape: 'object' | 'array' | 'array-object' }
  /** It stays PROCESSING, on its worker, until its record expires. */
  | { readonly kind: 'never-done' };

export type Fault =
  /** Answers so instead; nothing is handled, so a submit is not accepted. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** By default JSON with an `error`; '' is an empty body. */
      readonly body?: string;
      readonly contentType?: string;
      readonly headers?: Record<string, string>;
    }
  /** A TCP reset: before the request is handled, after it (a submit was accepted) without an answer, or half-way. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' | 'mid-answer' }
  /** The request is handled; half of the answer comes, as well-formed HTTP. */
  | { readonly kind: 'truncate' }
  /** Never answers; by default nothing is handled. */
  | { readonly kind: 'stall'; readonly when?: 'before' | 'after' }
  | Fate;

export interface PracticeStats {
  /** Since the start of this service: POSTs to the model that reached it, whatever became of them. */
  readonly submits: number;
  /** Of all requests that `stateDir` still holds, so also from before a restart: */
  readonly accepted: number;
  readonly completed: number;
  /** Credits. */
  readonly billed: number;
  /** How often each image, as given, was accepted. */
  readonly acceptedByImage: Record<string, number>;
  /** The same by the content of the picture (16 hex digits of its SHA-256), however often it was uploaded. */
  readonly acceptedByContent: Record<string, number>;
  /** Since the start of this service: */
  readonly polls: number;
  readonly results: number;
  /** Files taken into the storage. */
  readonly uploads: number;
  readonly downloads: number;
  /** Requests answered 429 by the limit. */
  readonly limited: number;
  /** The most requests QUEUED and PROCESSING at the same time. */
  readonly atOnce: number;
}

export interface PracticeService extends AsyncDisposable {
  /** Origin of the API, without a slash at the end. */
  readonly url: string;
  /** Origin of the storage: the same. */
  readonly storageUrl: string;
  stats(): PracticeStats;
  set(changes: PracticeChanges): void;
  /** Resolves when all that is due by the clock is done, the pictures included: for tests that hold the clock. */
  settled(): Promise<void>;
  /** Closes every connection; resolves when nothing works any more. A retouch under way is waited for, not recorded as failed. */
  stop(): Promise<void>;
}

/** The options with their defaults; what `set` may change is written to it. */
export type Settings = { -readonly [Name in keyof Required<PracticeOptions>]: Required<PracticeOptions>[Name] };

const MINUTE_MS = 60_000;

export function withDefaults(options: PracticeOptions): Settings {
  return {
    port: 0,
    latencyMs: { min: 1_200, max: 2_000 },
    queueMs: { min: 100, max: 300 },
    workers: 16,
    requestsPerMinute: null,
    windowMs: MINUTE_MS,
    pollsCount: true,
    credits: null,
    price: 0.04,
    spendLimit: null,
    freeCredits: 0,
    recordLifeMs: 60 * MINUTE_MS,
    fileLifeMs: 7 * 24 * 60 * MINUTE_MS,
    keys: (key) => (/^SG_[0-9a-f]{16}$/i.test(key) ? 'ok' : 'invalid'),
    modelGone: false,
    fault: undefined,
    maxUploadBytes: 64 * 1024 * 1024,
    uploadsUnder: 'urls',
    ...options,
  };
}
