// The system's notifications, held for as long as they are shown: or they are collected as garbage, and their click with them.
import { Notification } from 'electron';
import type { Notice } from './notify.ts';

export class Popups {
  readonly #shown = new Set<Notification>();

  show({ title, body }: Notice, onClick: () => void): void {
    const popup = new Notification({ title, body });
    this.#shown.add(popup);
    popup.on('close', () => this.#shown.delete(popup));
    popup.on('click', () => {
      this.#shown.delete(popup);
      onClick();
    });
    popup.show();
  }
}
