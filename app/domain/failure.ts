// What can go wrong, as values: a closed list of codes, each with a sentence for a photographer, whether trying again
// can help, whether money was spent, and whether it concerns one photo, one output folder or the whole queue.

/** Whether the service billed: `maybe` is never treated as `no`. */
export type Charged = 'no' | 'maybe' | 'yes';

interface FailureKind {
  /** What happened and what to do, for a photographer. */
  readonly message: string;
  /** May the engine try again by itself? */
  readonly retryable: boolean;
  readonly charged: Charged;
  /**
   * `queue`: no photo fails for it; the queue stops with this one reason. `folder`: no photo fails for it either; those
   * of one output folder wait.
   */
  readonly scope: 'job' | 'folder' | 'queue';
}

const kind = (
  message: string,
  { retryable = false, charged = 'no', scope = 'job' }: Partial<Omit<FailureKind, 'message'>> = {},
): FailureKind => ({ message, retryable, charged, scope });

const KINDS = {
  // The account and the service as a whole: every photo would meet the same, so the queue stops.
  bad_key: kind('Segmind does not accept the API key. Check the key in your Segmind account, set it, and go on.', {
    scope: 'queue',
  }),
  forbidden: kind('This Segmind account may not use the model. Ask Segmind, or the owner of the team, for access.', {
    scope: 'queue',
  }),
  no_credits: kind('The Segmind account is out of credits. Top it up, then go on: nothing is lost.', {
    scope: 'queue',
  }),
  spend_limit: kind('The spend limit of the Segmind team is reached. Have it raised, then go on: nothing is lost.', {
    scope: 'queue',
  }),
  model_gone: kind('Segmind no longer offers this model under this name. Update Lightbatch.', { scope: 'queue' }),
  disk_full: kind(
    'The disk is nearly full. Free some space, then go on: finished pictures wait at the service for days.',
    { scope: 'queue' },
  ),
  data_unwritable: kind(
    'The folder of Lightbatch’s own data cannot be written to. Make it writable or reconnect its drive, then go on: nothing is lost.',
    { scope: 'queue' },
  ),
  // The output folder: photos of other folders go on.
  output_unwritable: kind(
    'The output folder cannot be written to. Make it writable or reconnect its drive: its photos wait, and what is paid for is fetched then.',
    { scope: 'folder' },
  ),
  // The service, about one photo.
  rejected: kind('Segmind refused the request. Try other settings for this photo.'),
  moderated: kind('Content moderation blocked this photo. If that is wrong, retry it with moderation switched off.'),
  service_failed: kind('The model could not enhance this photo. Retry it, perhaps with other settings.'),
  service_error: kind('The service had an internal error. Retry the photo later.', { retryable: true }),
  service_unavailable: kind('The service is not available at the moment. Retry the photo later.', { retryable: true }),
  bad_answer: kind(
    'The service gave an answer that Lightbatch does not understand. Retry the photo; if that does not help, update Lightbatch.',
    { retryable: true },
  ),
  client_defect: kind('The service did not accept how Lightbatch asked. Please report this.'),
  rate_limited: kind('The service asks to slow down. Lightbatch waits as long as it asks; retry the photo later.', {
    retryable: true,
  }),
  timeout: kind(
    'The service took too long over this photo. Retry asks for that result first, before anything is paid again.',
    { charged: 'maybe' },
  ),
  expired: kind(
    'The service no longer knows this request, so its result cannot be fetched. It may have been charged: retry only if you accept that it could be charged twice.',
    { charged: 'maybe' },
  ),
  uncertain_submit: kind(
    'It is not known whether this photo reached the service: it may have been charged. Submit it again only if you accept that it could be charged twice.',
    { charged: 'maybe' },
  ),
  history_restored: kind(
    'The history was restored from an older backup, so this photo may have been enhanced since. Submit it again only if you accept that it could be charged twice.',
    { charged: 'maybe' },
  ),
  // The network.
  offline: kind('The service cannot be reached. Check the network connection.', { retryable: true }),
  network: kind('The connection to the service broke. Check the network connection, then retry.', { retryable: true }),
  upload_failed: kind(
    'The photo could not be uploaded to the service’s storage. Check the network connection, then retry.',
    { retryable: true },
  ),
  // The result.
  result_missing: kind(
    'The service says it is done but names no picture. It may have been charged: ask Segmind, with the request id.',
    { charged: 'yes' },
  ),
  result_unsafe: kind(
    'The service names a place for the picture that is not safe to download from. Ask Segmind, with the request id.',
    { charged: 'yes' },
  ),
  result_gone: kind(
    'The finished picture cannot be found at the service, though it is paid for. Retry looks for it again, for nothing. If it stays missing, have it made anew, which is charged again.',
    {
      charged: 'yes',
    },
  ),
  result_too_large: kind(
    'The finished picture is larger than Lightbatch accepts. Retry to fetch the same picture, which is already paid for.',
    { charged: 'yes' },
  ),
  result_damaged: kind('The downloaded picture was damaged. Retry: downloading it again costs nothing.', {
    retryable: true,
    charged: 'yes',
  }),
  download_failed: kind('The finished picture could not be downloaded. Retry: downloading it again costs nothing.', {
    retryable: true,
    charged: 'yes',
  }),
  save_failed: kind('The finished picture could not be saved. Retry: saving it again costs nothing.', {
    retryable: true,
    charged: 'yes',
  }),
  // The photo itself.
  source_missing: kind('The photo is no longer where it was. Put it back and retry, or locate it in the app.'),
  source_changed: kind('The photo changed after it was queued. Retry takes it as it is now.'),
  source_unreadable: kind('The photo cannot be read. Check its permissions and its drive, then retry.'),
  not_a_photo: kind(
    'This file is not a photo that Lightbatch can read. Convert it to JPEG, PNG, WebP or TIFF, then add it again.',
  ),
  photo_damaged: kind('The photo is damaged or not complete. Copy it again from its source, then retry.'),
  photo_too_large: kind(
    'The photo has more pixels or bytes than Lightbatch accepts. Scale it down, then add it again.',
  ),
  photo_too_slow: kind(
    'The photo took too long to read, so it may be damaged. Copy it again from its source, then retry.',
  ),
  photo_crashed: kind(
    'Reading this photo made the picture process crash, so it may be damaged. Copy it again from its source, then retry.',
  ),
  already_enhanced: kind(
    'An enhanced picture of this name is already there. Move it away, or choose numbering or overwriting, to enhance the photo again.',
  ),
  // What the user asked for, as a whole; no photo fails for these.
  not_open: kind(
    'The history is not open, so nothing can be done at the moment. Mend what keeps it closed, then try again.',
  ),
  no_service: kind(
    'There is no service to send photos to. Add the API key of your Segmind account, or try Lightbatch without one.',
  ),
  other_service: kind(
    'These photos belong to another service. Switch to that service in the settings, then ask again.',
  ),
  job_gone: kind('This photo is no longer in the history. To enhance it, add it again.'),
  another_photo: kind(
    'This is not the photo that is missing. Nothing was changed, and nothing was sent. Choose the file that was moved.',
  ),
  enhanced_since: kind(
    'This photo was enhanced in another batch since, is about to be, or may have been charged there. Nothing was changed, and nothing was sent: look it up in the history, and remove this one there if it is not needed.',
  ),
  output_missing: kind(
    'The enhanced picture is no longer where it was saved. Put it back, or enhance the photo again, which is charged again.',
  ),
  export_failed: kind(
    'The list could not be saved there. Choose another folder, or free some space, then export again.',
  ),
  no_photos: kind('There is no photo to enhance in what was given. Choose other photos or another folder.'),
  would_overwrite: kind(
    'An enhanced picture would take the place of a photo. Choose another output folder, or a name that adds something to {name}.',
  ),
  bad_output: kind('The output folder cannot be used. Choose another one.'),
  bad_template: kind('The names of the enhanced pictures cannot be made this way. Correct the name template.'),
  intake_gone: kind('These photos are no longer at hand. Add them again.'),
  superseded: kind(
    'Something newer was asked for meanwhile, so this was not finished. Ask again if you still want it.',
  ),
  plan_changed: kind(
    'Something changed after these numbers were shown, so nothing was started. Check the numbers again, then start.',
  ),
  too_many_presets: kind('There are as many presets as Lightbatch keeps. Remove one, then save this one.'),
  key_not_removed: kind(
    'The key could not be removed from where the system keeps it. Try again, or remove the key in your Segmind account.',
  ),
  bad_request: kind('The window asked for something that cannot be. Please report this.'),
  cannot_open: kind(
    'It could not be opened. Check that it is still there, and that this machine has a program that opens it.',
  ),
  // Watch folders.
  watch_gone: kind('This watch folder is no longer in the list. Add it again.'),
  watch_not_a_folder: kind('Only folders can be watched. Choose a folder.'),
  watch_too_wide: kind(
    'This folder holds far more than photos: a whole drive, the home folder, or Lightbatch’s own data. Choose the folder in which new photos arrive.',
  ),
  watch_twice: kind(
    'This folder is already watched, by itself or as part of another one. Set that one as you want it, or choose another folder.',
  ),
  watch_output_loop: kind(
    'The enhanced pictures would go to a folder that is watched, too. Choose another output folder: nothing was changed.',
  ),
  watch_unavailable: kind(
    'The folder cannot be reached. Check that its drive or share is connected: Lightbatch looks for it by itself, and takes what came meanwhile.',
  ),
  watch_another: kind(
    'This may be another drive or folder than before, so what is in it counts as already there, and nothing of it was sent. Check whether some of it is new. If so, have the photos already there enhanced: what is known is not charged again.',
  ),
  watch_limits: kind(
    'The system has no room for more watched folders, so this one is looked through every few seconds instead. Ask whoever runs this system to raise its limit: then photos are noticed at once again.',
  ),

  internal: kind('Something went wrong inside Lightbatch. Please report this.'),
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof KINDS;

export const FAILURE_CODES = Object.keys(KINDS) as readonly FailureCode[];

export interface Failure {
  readonly code: FailureCode;
  /** What happened and what to do, for a photographer. */
  readonly message: string;
  readonly retryable: boolean;
  readonly charged: Charged;
  /** HTTP status of the answer behind it, if there was one. */
  readonly status?: number;
  /** The technical reason, shortened; never holds a key. */
  readonly detail?: string;
}

const KEY = /SG_[0-9a-f]{8,}/gi; // a service may well repeat the key that it does not accept
const DETAIL_LIMIT = 500; // characters: a server's reason is a sentence, an HTML page is not one

/** The failure of a code; `details` override what the code's kind says by default. */
export function failure(
  code: FailureCode,
  details: {
    status?: number | undefined;
    detail?: string | undefined;
    charged?: Charged;
    retryable?: boolean;
    message?: string;
  } = {},
): Failure {
  const { message, retryable, charged } = KINDS[code];
  const detail = details.detail?.replace(KEY, 'SG_…').replace(/\s+/g, ' ').trim().slice(0, DETAIL_LIMIT);
  return {
    code,
    message: details.message ?? message,
    retryable: details.retryable ?? retryable,
    charged: details.charged ?? charged,
    ...(details.status === undefined ? {} : { status: details.status }),
    ...(detail ? { detail } : {}),
  };
}

/** Whether a failure concerns every photo alike, so that the queue stops and no job fails for it. */
export function stopsQueue(code: FailureCode): boolean {
  return KINDS[code].scope === 'queue';
}

export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(KINDS, text);
}

/** A failure thrown: how code below the engine reports one. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(value: Failure, options?: { cause?: unknown }) {
    super(value.detail ? `${value.message} (${value.detail})` : value.message, options);
    this.name = 'FailureError';
    this.failure = value;
  }
}

/** What the operating system says of a disk or a folder, by `error.code`. */
const SYSTEM_CODES: Readonly<Record<string, FailureCode>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  SQLITE_FULL: 'disk_full',
  EROFS: 'output_unwritable',
  EACCES: 'output_unwritable',
  EPERM: 'output_unwritable',
  ENOTDIR: 'output_unwritable',
  ENOENT: 'output_unwritable',
  EISDIR: 'output_unwritable',
  EEXIST: 'output_unwritable', // a file where the folder should be
  ELOOP: 'output_unwritable',
  ENAMETOOLONG: 'output_unwritable',
  ENODEV: 'output_unwritable',
  ENXIO: 'output_unwritable',
  ESTALE: 'output_unwritable',
  EHOSTDOWN: 'output_unwritable',
  EBUSY: 'save_failed',
  EIO: 'save_failed',
};

/**
 * Any thrown value as a failure. A FailureError carries its own; a system error is read as one of writing a result
 * (reading a photo has its own codes, thrown where it is read); either may be wrapped as a cause; the rest is `internal`.
 */
export function classify(error: unknown): Failure {
  for (const at of chainOf(error)) {
    if (at instanceof FailureError) return at.failure;
    const code = codeOf(at);
    const known = code === undefined || !Object.hasOwn(SYSTEM_CODES, code) ? undefined : SYSTEM_CODES[code];
    if (known !== undefined) return failure(known, { detail: at.message });
  }
  return failure('internal', { detail: error instanceof Error ? error.message : String(error) });
}

/** The first `code` (`ENOSPC`, …) of an error or of what is wrapped in it as a cause. */
export function systemCode(error: unknown): string | undefined {
  return chainOf(error)
    .map(codeOf)
    .find((code) => code !== undefined);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** An error and its causes, outermost first; five are deep enough for any library, and end a circle. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 5; at = at.cause) chain.push(at);
  return chain;
}
