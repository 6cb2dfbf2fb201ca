// Events for tests that draw any order of them.
import type { Job } from '../../app/domain/batch.ts';
import { failure, FAILURE_CODES } from '../../app/domain/failure.ts';
import type { JobEvent, JobEventType } from '../../app/domain/job.ts';
import { request } from './support.ts';

export const EVENT_TYPES: readonly JobEventType[] = [
  'claim',
  'release',
  'submit',
  'accept',
  'doubt',
  'reask',
  'refetch',
  'complete',
  'save',
  'retry',
  'fail',
  'cancel',
  'skip',
  'requeue',
];

/** The event that brings a job on. */
export function forwardOf(job: Job): JobEventType {
  switch (job.state) {
    case 'queued':
      return 'claim';
    case 'preparing':
      return job.outputUrl ? 'refetch' : job.request ? 'reask' : 'submit';
    case 'submitting':
      return 'accept';
    case 'processing':
      return 'complete';
    case 'saving':
      return 'save';
    default:
      return 'requeue';
  }
}

/** Makes events of their types; every request has an id of its own. */
export class Events {
  #requests = 0;

  /** @param code which failure it is, any whole number */
  of(type: JobEventType, over: boolean, code: number): JobEvent {
    const why = failure(FAILURE_CODES[code % FAILURE_CODES.length] ?? 'internal');
    switch (type) {
      case 'accept':
        return { type, request: request(`r${(this.#requests += 1)}`) };
      case 'complete':
        return { type, outputUrl: `https://x/${this.#requests}.jpg` };
      case 'retry':
        return { type, failure: why, notBefore: 0, over };
      case 'fail':
        return { type, failure: why, over };
      case 'doubt':
      case 'skip':
        return { type, failure: why };
      default:
        return { type };
    }
  }
}
