// Why a job is where it is, as the terminal tells it.
import { expect, test } from 'vitest';
import { reason } from '../../app/cli/output.ts';
import { failure } from '../../app/domain/failure.ts';

test('a picture that is not found is told with the command that has it made anew, by the number of its job', () => {
  const told = reason({ id: 12, failure: failure('result_gone', { detail: '404' }) });
  expect(told).toMatch(/charged again\. “retry 12 --uncertain” has it made anew\. \(404\)$/);
});

test('other failures are told as they are, with their detail', () => {
  const { message } = failure('network');
  expect(reason({ id: 12, failure: failure('network', { detail: 'reset' }) })).toBe(`${message} (reset)`);
  expect(reason({ id: 12, failure: null })).toBe('');
});
