// What jsdom lacks and the components' libraries ask for; matchers for the DOM.
import '@testing-library/jest-dom/vitest';

const nothing = () => undefined;

function supply(target: object, name: string, value: unknown): void {
  if (!(name in target)) Object.defineProperty(target, name, { value, configurable: true, writable: true });
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
supply(Element.prototype, 'animate', () => ({ finished: Promise.resolve(), cancel: nothing, onfinish: null }));
supply(globalThis, 'matchMedia', (media: string) => ({
  matches: false,
  media,
  addEventListener: nothing,
  removeEventListener: nothing,
}));
