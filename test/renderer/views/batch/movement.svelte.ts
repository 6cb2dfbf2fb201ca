// How a grid is being scrolled, as tiles see it: set by a test.

export class Movement {
  settled = $state(true);
  hurried = $state(false);
}
