// Where the focus goes when the user goes somewhere: screen readers read out what has it.

/** Gives the focus to a view's heading, or to the view when it has none; not when something in it has it already. */
export function focusView(view: HTMLElement): void {
  if (view.contains(document.activeElement)) return;
  const target = view.querySelector('h1') ?? view;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** F6 goes from pane to pane, as desktops have it: the next of those given that can be focused. */
export function focusNextPane(panes: readonly (HTMLElement | undefined)[]): void {
  const there = panes.filter((pane) => pane !== undefined);
  const at = there.findIndex((pane) => pane.contains(document.activeElement));
  const next = there[(at + 1) % there.length];
  const inside = next?.querySelector<HTMLElement>(
    '[tabindex="0"], button:not(:disabled):not([tabindex="-1"]), input:not(:disabled)',
  );
  (inside ?? next)?.focus();
}

/** Whether a dialog is open that keeps the user from the view behind it: a sheet, a question, the comparison. */
export function isModalOpen(): boolean {
  return document.querySelector('[aria-modal="true"]:not([data-state="closed"])') !== null;
}

const WITHOUT_TEXT = ['button', 'checkbox', 'color', 'file', 'image', 'radio', 'range', 'reset', 'submit'];

/** The field in which the user is writing, if he is. */
export function fieldInFocus(): HTMLInputElement | HTMLTextAreaElement | null {
  const { activeElement } = document;
  if (activeElement instanceof HTMLTextAreaElement) return activeElement;
  const isField = activeElement instanceof HTMLInputElement && !WITHOUT_TEXT.includes(activeElement.type);
  return isField ? activeElement : null;
}
