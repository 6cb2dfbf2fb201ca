import { screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, it, vi } from 'vitest';
import Button from '../../../renderer/components/Button.svelte';
import { show } from '../show.ts';

const children = createRawSnippet(() => ({ render: () => '<span>Start</span>' }));

it('a busy button does nothing when it is pressed, and keeps the focus', async () => {
  const onclick = vi.fn();
  const user = show(Button, { busy: true, onclick, children });
  const button = screen.getByRole('button', { name: 'Start' });
  await user.click(button);
  await user.keyboard('{Enter}');
  expect(onclick).not.toHaveBeenCalled();
  expect(button).toHaveFocus();
  expect(button).toHaveAttribute('aria-disabled', 'true');
});

it('a busy button submits no form', async () => {
  const onsubmit = vi.fn((event: SubmitEvent) => event.preventDefault());
  const user = show(Button, { busy: true, type: 'submit' as const, children });
  const form = document.createElement('form');
  form.addEventListener('submit', onsubmit);
  const button = screen.getByRole('button', { name: 'Start' });
  button.parentElement?.append(form);
  form.append(button);
  await user.click(button);
  expect(onsubmit).not.toHaveBeenCalled();
});
