// What menus and the tray do: the same commands as the page's, given from outside of it.
import type { Handlers } from '../app/contract.ts';
import type { Intent } from '../app/contract/values.ts';
import { classify } from '../app/domain/failure.ts';
import type { Log } from '../app/lib/log.ts';
import type { MenuActions } from './menu.ts';
import type { Status } from '../app/backend/backend.ts';

export interface ActionOptions {
  readonly handlers: Pick<
    Handlers,
    'intake.choose' | 'queue.pause' | 'queue.resume' | 'app.openLink' | 'app.openLogs' | 'app.openDataFolder'
  >;
  readonly status: () => Status;
  /** Shows the window, and has its page do something. */
  readonly intend: (intent: Intent) => void;
  /** Tells the user; no answer is needed. */
  readonly tell: (message: string) => Promise<void>;
  readonly about: () => void;
  /** Whether the window has the keyboard, and not one of the system's dialogs before it. */
  readonly windowHasFocus: () => boolean;
  /** Selects all where the keyboard is, in the system's own way. */
  readonly selectAllNatively: () => void;
  readonly log: Log;
}

export function actionsOf(options: ActionOptions): MenuActions {
  const { handlers, status, intend, tell, about, log } = options;
  /** What could not be done is told in a dialog, since the page may not be there. */
  const doing = (what: string, action: () => Promise<unknown>) => () => {
    action().catch(async (error: unknown) => {
      const { message, code, detail } = classify(error);
      log.warn('action.failed', { what, code, detail });
      await tell(message).catch((problem: unknown) => log.error('action.tell', { error: String(problem) }));
    });
  };
  const choose = (kind: 'files' | 'folder') =>
    doing('choose', async () => {
      const intake = await handlers['intake.choose']({ kind });
      if (intake !== null) intend({ kind: 'intake', id: intake.id });
    });
  return {
    newBatch: () => intend({ kind: 'new-batch' }),
    addPhotos: choose('files'),
    addFolder: choose('folder'),
    selectAll: () => {
      if (options.windowHasFocus()) intend({ kind: 'select-all' });
      else options.selectAllNatively(); // the name in a dialog for files
    },
    find: () => intend({ kind: 'find' }),
    showSettings: () => intend({ kind: 'show', view: 'settings' }),
    showHistory: () => intend({ kind: 'show', view: 'history' }),
    showWatch: () => intend({ kind: 'show', view: 'watch' }),
    showUncertain: () => intend({ kind: 'show', view: 'uncertain' }),
    togglePause: doing('pause', async () => {
      const { queue } = status();
      if (queue === null) return;
      const resumes = queue.paused || queue.stopped !== null;
      await handlers[resumes ? 'queue.resume' : 'queue.pause'](undefined);
    }),
    retryFailed: () => intend({ kind: 'retry-failed' }), // it costs money: the page shows which, and asks
    openLink: (link) => doing('link', async () => handlers['app.openLink']({ link }))(),
    openLogs: doing('logs', async () => handlers['app.openLogs'](undefined)),
    openDataFolder: doing('data', async () => handlers['app.openDataFolder'](undefined)),
    about,
  };
}
