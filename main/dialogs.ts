// The system's own dialogs: what must be asked or told when the page is not there for it.
import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import type { QuitAnswer, QuitQuestion } from './quit.ts';

/** @param window the one it belongs to; null for a dialog of its own */
export async function askToQuit(window: BrowserWindow | null, question: QuitQuestion): Promise<QuitAnswer> {
  const { message, detail, buttons, advised } = question;
  const answers = ['quit', 'keep', 'cancel'] as const;
  const response = await show(window, {
    type: 'question',
    message,
    detail,
    buttons: [...buttons],
    defaultId: answers.indexOf(advised),
    cancelId: answers.indexOf('cancel'),
    noLink: true,
  });
  return answers[response] ?? 'cancel';
}

/** @returns whether the page should be loaded once more */
export async function askToReload(window: BrowserWindow): Promise<boolean> {
  if (window.isDestroyed()) return false;
  const response = await show(window, {
    type: 'warning',
    message: 'The window of Lightbatch stopped working.',
    detail:
      'Photos that are being enhanced go on, and nothing is lost. The window can be opened again now, or left for later.',
    buttons: ['Open Again', 'Leave It'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

/** Tells what a menu or the tray could not do. */
export async function tell(window: BrowserWindow | null, message: string): Promise<void> {
  await show(window, { type: 'info', message, buttons: ['OK'] });
}

async function show(window: BrowserWindow | null, options: MessageBoxOptions): Promise<number> {
  const { response } = await (window?.isVisible()
    ? dialog.showMessageBox(window, options)
    : dialog.showMessageBox(options));
  return response;
}
