// What is told in passing, at the window's edge: read out by screen readers, gone by itself unless it is a trouble.
import { CommandError } from '../bridge.ts';

export interface Toast {
  readonly id: number;
  readonly tone: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly detail?: string | undefined;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

const SHOWN_MS = 6_000;
const AT_ONCE = 3;

export class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #next = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  info(text: string, action?: Toast['action']): void {
    this.#add({ tone: 'info', text, action });
  }

  warn(text: string, action?: Toast['action']): void {
    this.#add({ tone: 'warning', text, action });
  }

  /** An error of any kind; it stays until it is dismissed. */
  fail(error: unknown): void {
    if (error instanceof CommandError) {
      this.#add({ tone: 'error', text: error.failure.message, detail: error.failure.detail });
    } else {
      const detail = error instanceof Error ? error.message : String(error);
      this.#add({ tone: 'error', text: 'Something went wrong inside Lightbatch. Please report this.', detail });
    }
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #add(toast: Omit<Toast, 'id'>): void {
    if (this.list.some((one) => one.text === toast.text && one.tone === toast.tone)) return;
    const id = this.#next;
    this.#next += 1;
    const kept = this.list.slice(-(AT_ONCE - 1));
    for (const gone of this.list.slice(0, -(AT_ONCE - 1))) this.dismiss(gone.id);
    this.list = [...kept, { ...toast, id }];
    if (toast.tone !== 'error')
      this.#timers.set(
        id,
        setTimeout(() => this.dismiss(id), SHOWN_MS),
      );
  }
}
