// What jsdom lacks and the components' libraries ask for; matchers for the DOM.
import '@testing-library/jest-dom/vitest';
import { configure } from '@testing-library/svelte';

configure({ asyncUtilTimeout: 30_000 }); // for what never comes; a busy machine needs more than its usual second

const nothing = () => undefined;

function supply(target: object, name: string, value: unknown): void {
  // Vitest names what it knows of a window, also where jsdom has nothing by that name.
  if (Reflect.get(target, name) === undefined)
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

supply(
  globalThis,
  'ResizeObserver',
  class {
    observe = nothing;
    unobserve = nothing;
    disconnect = nothing;
  },
);
supply(Element.prototype, 'scrollIntoView', nothing);
supply(Element.prototype, 'hasPointerCapture', () => false);
supply(Element.prototype, 'setPointerCapture', nothing);
supply(Element.prototype, 'releasePointerCapture', nothing);
supply(Element.prototype, 'getAnimations', () => []);
supply(HTMLImageElement.prototype, 'decode', () => Promise.resolve());
supply(Element.prototype, 'animate', () => ({ finished: Promise.resolve(), cancel: nothing, onfinish: null }));
supply(globalThis, 'matchMedia', (media: string) => ({
  matches: false,
  media,
  addEventListener: nothing,
  removeEventListener: nothing,
}));
