// What only a desktop can do, as ports: main/ gives Electron's, tests give their own.
import type { Theme } from '../contract/values.ts';

export interface Shell {
  /** Dialogs; empty or null when they were closed. Paths are absolute. */
  readonly chooseFiles: () => Promise<readonly string[]>;
  /** One photo. @param folder where to begin; null for wherever the system does */
  readonly choosePhoto: (purpose: string, folder: string | null) => Promise<string | null>;
  readonly chooseFolder: (purpose: string) => Promise<string | null>;
  readonly chooseSaveFile: (suggestedName: string) => Promise<string | null>;
  /**
   * Opens a file or folder with the program that the system has for it.
   * @throws {FailureError} when it cannot be opened
   */
  readonly openPath: (path: string) => Promise<void>;
  /** Shows a file in its folder. */
  readonly reveal: (path: string) => void;
  readonly openUrl: (url: string) => Promise<void>;
  readonly copyText: (text: string) => void;
  readonly setTheme: (theme: Theme) => void;
  readonly setStartAtLogin: (on: boolean) => void;
  readonly quit: () => void;
}

/** Where the API key is kept between runs: the system's keyring. */
export interface KeyVault {
  /** Whether what is kept here is encrypted by the system; false on a Linux without a keyring. */
  readonly canKeep: () => Promise<boolean>;
  /** The key kept earlier; null when there is none or it can no longer be decrypted. */
  readonly load: () => Promise<string | null>;
  /** @throws when it cannot be kept */
  readonly keep: (key: string) => Promise<void>;
  readonly forget: () => Promise<void>;
}
