// Electron's side of what only a desktop can do: dialogs, opening and showing files, the clipboard.
import { app, type BrowserWindow, clipboard, dialog, nativeTheme, type OpenDialogOptions, shell } from 'electron';
import type { Shell } from '../app/backend/shell.ts';
import type { Theme } from '../app/contract/values.ts';
import { FailureError, failure } from '../app/domain/failure.ts';
import type { Log } from '../app/lib/log.ts';
import { isWebPage } from './lockdown.ts';

export interface ShellOptions {
  /** The window that dialogs belong to; null while there is none to be seen. */
  readonly window: () => BrowserWindow | null;
  readonly onTheme: (theme: Theme) => void;
  readonly onStartAtLogin: (on: boolean) => void;
  readonly log: Log;
}

/** For the dialog's filter only: what a file is, its content says. */
const PHOTO_EXTENSIONS = ['jpg', 'jpeg', 'jpe', 'png', 'webp', 'tif', 'tiff', 'avif'];

export function electronShell({ window, onTheme, onStartAtLogin, log }: ShellOptions): Shell {
  const choose = async (options: OpenDialogOptions) => {
    const parent = window();
    const { canceled, filePaths } = await (parent === null
      ? dialog.showOpenDialog(options)
      : dialog.showOpenDialog(parent, options));
    return canceled ? [] : filePaths;
  };
  const filters = [
    { name: 'Photos', extensions: PHOTO_EXTENSIONS },
    { name: 'All files', extensions: ['*'] },
  ];
  return {
    chooseFiles: () => choose({ title: 'Choose photos', properties: ['openFile', 'multiSelections'], filters }),
    choosePhoto: async (purpose, folder) => {
      const asked: OpenDialogOptions = { title: purpose, message: purpose, properties: ['openFile'], filters };
      return (await choose(folder === null ? asked : { ...asked, defaultPath: folder }))[0] ?? null;
    },
    chooseFolder: async (purpose) =>
      (await choose({ title: purpose, message: purpose, properties: ['openDirectory', 'createDirectory'] }))[0] ?? null,
    chooseSaveFile: async (suggestedName) => {
      const parent = window();
      const options = { defaultPath: suggestedName };
      const { canceled, filePath } = await (parent === null
        ? dialog.showSaveDialog(options)
        : dialog.showSaveDialog(parent, options));
      return canceled || filePath === '' ? null : filePath;
    },
    openPath: async (path) => {
      const problem = path.includes('\0') ? 'not a path' : await shell.openPath(path);
      if (problem !== '') throw new FailureError(failure('cannot_open', { detail: problem }));
    },
    reveal: (path) => shell.showItemInFolder(path),
    openUrl: async (url) => {
      if (!isWebPage(url)) throw new FailureError(failure('cannot_open', { detail: 'not a web page' }));
      await shell.openExternal(url);
    },
    copyText: (text) => {
      copy(text).catch((error: unknown) => log.warn('clipboard', { error: String(error) }));
    },
    setTheme: (theme) => {
      nativeTheme.themeSource = theme;
      onTheme(theme);
    },
    setStartAtLogin: onStartAtLogin,
    quit: () => app.quit(),
  };
}

async function copy(text: string): Promise<void> {
  await clipboard.writeText(text);
}
