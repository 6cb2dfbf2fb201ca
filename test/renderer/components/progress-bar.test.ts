import { render, screen } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { emptyCounts } from '../../../app/domain/batch.ts';
import ProgressBar from '../../../renderer/components/ProgressBar.svelte';

it('says how much is enhanced, and counts nothing else with it', () => {
  const counts = { ...emptyCounts(), queued: 12, processing: 6, saving: 2, succeeded: 1_190, skipped: 40 };
  render(ProgressBar, { counts: { ...counts, failed: 3, uncertain: 1, canceled: 2 }, label: 'Progress of Wedding' });
  const bar = screen.getByRole('progressbar', { name: 'Progress of Wedding' });
  const value = '1,190 of 1,256 enhanced, 8 in progress, 3 failed, 1 uncertain, 40 skipped, 2 canceled';
  expect(bar).toHaveAttribute('aria-valuetext', value);
});

it('says that nobody works on it', () => {
  render(ProgressBar, { counts: { ...emptyCounts(), queued: 2, processing: 8 }, label: 'Progress', held: true });
  expect(screen.getByRole('progressbar')).toHaveAttribute('aria-valuetext', '0 of 10 enhanced, 8 on hold');
});

it('draws what is in progress after all that came to an end, and what waits not at all', () => {
  render(ProgressBar, { counts: { ...emptyCounts(), queued: 5, submitting: 2, succeeded: 3 }, label: 'Progress' });
  const drawn = Array.from(screen.getByRole('progressbar').children).filter(
    (part) => part instanceof HTMLElement && part.style.width !== '0%',
  );
  expect(drawn.map((part) => part.classList[0])).toEqual(['done', 'working']);
});
