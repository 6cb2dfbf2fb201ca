// The icons of the window, and how those that tell a state look.
import type { Component } from 'svelte';

/** A Lucide icon. */
export type IconComponent = Component<{ size?: number | string; strokeWidth?: number; 'aria-hidden'?: boolean }>;

/** A state as a shape and a colour: never by colour alone. */
export interface StateLook {
  readonly icon: IconComponent;
  /** The colour; that of soft text when it is left out. */
  readonly tone?: 'accent' | 'done' | 'failed' | 'uncertain';
  /** Whether it turns, as long as work goes on. */
  readonly turning?: boolean;
}
