// Failures by a name of a few words, for lists and filters; the sentence says the rest.
import { type FailureCode, failure, isFailureCode } from '../../app/domain/failure.ts';

const NAMES: Readonly<Partial<Record<FailureCode, string>>> = {
  rejected: 'Refused by the service',
  moderated: 'Blocked by moderation',
  service_failed: 'The model failed',
  service_error: 'Error of the service',
  service_unavailable: 'Service not available',
  bad_answer: 'Answer not understood',
  client_defect: 'Not accepted by the service',
  rate_limited: 'Too many requests',
  timeout: 'Took too long',
  expired: 'Result expired',
  uncertain_submit: 'Sending was interrupted',
  history_restored: 'History restored from a backup',
  offline: 'No connection',
  network: 'Connection broke',
  upload_failed: 'Upload failed',
  result_missing: 'No picture named',
  result_unsafe: 'Unsafe address of the picture',
  result_gone: 'Picture not found',
  result_too_large: 'Picture too large',
  result_damaged: 'Picture damaged',
  download_failed: 'Download failed',
  save_failed: 'Saving failed',
  source_missing: 'Photo missing',
  source_changed: 'Photo changed',
  another_photo: 'Another photo',
  enhanced_since: 'Enhanced since',
  source_unreadable: 'Photo cannot be read',
  not_a_photo: 'Not a photo',
  photo_damaged: 'Photo damaged',
  photo_too_large: 'Photo too large',
  photo_too_slow: 'Photo took too long to read',
  photo_crashed: 'Photo could not be read',
  already_enhanced: 'Already enhanced',
  output_unwritable: 'Output folder not writable',
  watch_gone: 'Watch folder not in the list',
  watch_not_a_folder: 'Not a folder',
  watch_too_wide: 'Folder holds more than photos',
  watch_twice: 'Folder already watched',
  watch_output_loop: 'Output folder is watched',
  watch_unavailable: 'Watch folder out of reach',
  watch_another: 'Another drive or folder in its place',
  watch_limits: 'No room for more watched folders',
  internal: 'Error in Lightbatch',
};

/** @param code one of FAILURE_CODES, or one of a version that this one does not know */
export function failureName(code: string): string {
  if (!isFailureCode(code)) return code.replaceAll('_', ' ');
  return NAMES[code] ?? firstSentence(failure(code).message);
}

/** The first sentence of a text, without its full stop: what happened; what to do comes after it. */
export function firstSentence(text: string): string {
  const end = /[.:](?:\s|$)/.exec(text)?.index;
  return end === undefined ? text : text.slice(0, end);
}
