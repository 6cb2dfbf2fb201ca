// Text that may be an address.

/** A text as an address, taken from `base` where it is relative; null when it is none. */
export function urlOf(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
