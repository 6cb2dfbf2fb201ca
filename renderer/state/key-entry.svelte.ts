// An API key being typed or pasted, and what the service says to it. The key leaves the window with the first check and
// is not kept here once it was accepted.
import type { ServiceState } from '../../app/contract/values.ts';
import type { Failure } from '../../app/domain/failure.ts';
import { failureOf } from '../bridge.ts';

export class KeyEntry {
  text = $state('');
  busy = $state(false);
  failure: Failure | null = $state.raw(null);
  /** The service as it is with the key that was accepted. */
  accepted: ServiceState | null = $state.raw(null);
  readonly #check: (key: string) => Promise<ServiceState>;

  /** @param check verifies and keeps a key; throws when it is not accepted */
  constructor(check: (key: string) => Promise<ServiceState>) {
    this.#check = check;
  }

  type(text: string): void {
    this.text = text;
    this.failure = null;
  }

  /** A pasted key takes the place of all that was there, and is checked at once. */
  async paste(text: string): Promise<void> {
    if (this.busy) return;
    this.type(text.trim());
    await this.submit();
  }

  /** Does nothing without a key, and while one is being checked. */
  async submit(): Promise<void> {
    const key = this.text.trim();
    if (this.busy || key === '') return;
    this.busy = true;
    this.failure = null;
    try {
      this.accepted = await this.#check(key);
      this.text = '';
    } catch (error) {
      this.failure = failureOf(error);
    } finally {
      this.busy = false;
    }
  }
}
