// The API key: verified before it is kept, in memory while the app runs, and in the system's keyring where there is one.
import type { KeyKept, ServiceState } from '../contract/values.ts';
import { classify, failure, FailureError } from '../domain/failure.ts';
import type { Log } from '../lib/log.ts';
import type { Connection } from './connect.ts';
import type { Notices } from './notices.ts';
import type { KeyVault } from './shell.ts';

/** A connection whose key was found good, and what its account holds. */
export interface Verified {
  readonly connection: Connection;
  readonly credits: number;
}

/**
 * Asks for the balance, which only a good key gets.
 * @throws {FailureError} `bad_key`, `forbidden`; `offline` and the like when the service cannot be asked
 */
export async function verify(connection: Connection, signal: AbortSignal): Promise<Verified> {
  try {
    const { credits, freeCredits } = await connection.segmind.credits(signal);
    return { connection, credits: credits + freeCredits };
  } catch (error) {
    const found = classify(error);
    if (found.code === 'bad_key' || found.code === 'forbidden') throw error;
    const message = `${found.message} The key could not be checked, so it was not kept.`;
    throw new FailureError({ ...found, message }, { cause: error });
  }
}

const SESSION_NOTICE = 'key-for-this-session';
const UNTIL_QUIT = 'Your API key stays in memory until Lightbatch is quit, and is asked for again after that.';

export class KeyRing {
  readonly #vault: KeyVault;
  readonly #notices: Notices;
  readonly #log: Log;
  #key: string | null = null;
  #kept: KeyKept = 'session';
  #canKeep = false;

  constructor(vault: KeyVault, notices: Notices, log: Log) {
    this.#vault = vault;
    this.#notices = notices;
    this.#log = log;
  }

  /** For the client of the service alone. */
  get key(): string | null {
    return this.#key;
  }

  /** What may be known of the key outside. Of a text too short to be a key nothing is shown. */
  get described(): ServiceState['key'] {
    return this.#key === null ? null : { last4: this.#key.length >= 12 ? this.#key.slice(-4) : '', kept: this.#kept };
  }

  get canKeep(): boolean {
    return this.#canKeep;
  }

  /** The key kept by an earlier run, if there is one. */
  async load(): Promise<void> {
    try {
      this.#canKeep = await this.#vault.canKeep();
      this.#key = await this.#vault.load();
      this.#kept = 'keyring';
    } catch (error) {
      this.#log.warn('keyring', { error: nameOf(error) });
    }
  }

  /** Keeps a key where it can be kept, and says so where that is only until the app is quit. */
  async keep(key: string): Promise<void> {
    this.#key = key;
    this.#kept = (await this.#keepInVault(key)) ? 'keyring' : 'session';
    if (this.#kept === 'keyring') this.#notices.hide(SESSION_NOTICE);
  }

  /** @throws {FailureError} `key_not_removed` */
  async forget(): Promise<void> {
    try {
      await this.#vault.forget();
    } catch (error) {
      this.#log.warn('keyring', { error: nameOf(error) });
      throw new FailureError(failure('key_not_removed'));
    }
    this.#key = null;
    this.#notices.hide(SESSION_NOTICE);
  }

  async #keepInVault(key: string): Promise<boolean> {
    try {
      this.#canKeep = await this.#vault.canKeep();
      if (this.#canKeep) {
        await this.#vault.keep(key);
        return true;
      }
      this.#tell(`This system has no keyring that Lightbatch can use. ${UNTIL_QUIT}`);
    } catch (error) {
      this.#log.warn('keyring', { error: nameOf(error) });
      this.#tell(`The system’s keyring did not take your API key. ${UNTIL_QUIT}`);
    }
    // An older key must not come back at the next start in the place of this one.
    await this.#vault.forget().catch((error: unknown) => this.#log.warn('keyring', { error: nameOf(error) }));
    return false;
  }

  #tell(text: string): void {
    this.#notices.show({ id: SESSION_NOTICE, tone: 'warning', text });
  }
}

/** Of an error of the keyring only its kind is told: its text may repeat what it was given. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
