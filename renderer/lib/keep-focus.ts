// Where the focus goes when what has it goes away by itself: a question that was answered, a card that was closed. Left to
// the browser it falls to the page's beginning, and who works by keys or by ear has to find the place again.
import { isModalOpen } from './focus.ts';

/**
 * Keeps the focus within a view of cards (`article`), an attachment: it goes to the heading of the card in which it was; of
 * the next one when that is gone, too; else to the view's own. A heading, as a key that was meant for what is gone must
 * not press another button. It is left alone where the user took it elsewhere.
 */
export function keepFocus(root: HTMLElement): () => void {
  let last: Element | null = null;
  /** The card that has the focus, and those after it. */
  let cards: readonly HTMLElement[] = [];

  const note = ({ target }: FocusEvent) => {
    last = target instanceof Element ? target : null;
    const all = Array.from(root.querySelectorAll<HTMLElement>('article'));
    const at = all.findIndex((card) => card.contains(last));
    cards = at === -1 ? [] : all.slice(at);
  };
  // To nowhere it goes as what had it is removed, and to a dialog only to come back.
  const leave = ({ relatedTarget: next }: FocusEvent) => {
    if (next instanceof Element && !root.contains(next) && next.closest('[aria-modal="true"]') === null) last = null;
  };
  const press = ({ target }: Event) => {
    if (target instanceof Element && !root.contains(target) && !isModalOpen()) last = null;
  };
  const look = () => {
    if (last === null || last.isConnected || document.activeElement !== document.body || isModalOpen()) return;
    last = null;
    const card = cards.find(({ isConnected }) => isConnected);
    const heading = card?.querySelector<HTMLElement>('h2') ?? root.querySelector<HTMLElement>('h1');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: card === undefined });
  };

  const observer = new MutationObserver(look);
  observer.observe(root, { childList: true, subtree: true });
  observer.observe(document.body, { childList: true }); // dialogs, which may close after what they were about is gone
  root.addEventListener('focusin', note);
  root.addEventListener('focusout', leave);
  document.addEventListener('pointerdown', press);
  return () => {
    observer.disconnect();
    root.removeEventListener('focusin', note);
    root.removeEventListener('focusout', leave);
    document.removeEventListener('pointerdown', press);
  };
}
