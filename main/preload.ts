// All that the page can reach of the app: three functions. Runs sandboxed, and imports nothing of Electron's but these.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Answer, Bridge, Event } from '../app/contract.ts';
import { CALL, DROP, EVENT } from './channels.ts';

const bridge: Bridge = {
  call: (name, input) => ipcRenderer.invoke(CALL, name, input) as Promise<Answer<unknown>>,
  on: (listener) => {
    // Electron's own event object, which leads to the sender, stays here.
    const forward = (_: unknown, event: Event) => listener(event);
    ipcRenderer.on(EVENT, forward);
    return () => {
      ipcRenderer.off(EVENT, forward);
    };
  },
  // Only a File that the system gave has a path; what a page makes by itself has none.
  drop: (files) => ipcRenderer.invoke(DROP, pathsOf(files)) as ReturnType<Bridge['drop']>,
};

function pathsOf(files: readonly unknown[]): string[] {
  return files.map((file) => webUtils.getPathForFile(file as File)).filter((path) => path !== '');
}

contextBridge.exposeInMainWorld('lightbatch', bridge);
