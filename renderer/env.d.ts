// What the preload gives the page.
import type { Bridge } from '../app/contract.ts';

declare global {
  interface Window {
    readonly lightbatch: Bridge;
  }
}
