// A power cut in the middle of a batch: what is known afterwards, and what is paid.
import { photoFolder } from './support/service.ts';
import { expect, test } from './support/test.ts';
import { beginWithKey, giveKeyAgain, openBatch, slotsFilled, startBatch } from './support/window.ts';

test('killed in the middle, it goes on at the next start: no photo is lost, none is sent twice unasked', async ({
  start,
  serve,
  work,
}) => {
  // The fifth submit is accepted, but the answer never comes: it is in the air when the app is killed.
  const service = await serve({
    plain: true,
    fault: ({ route, count }) => (route === 'submit' && count === 5 ? { kind: 'stall', when: 'after' } : undefined),
  });
  service.hold();
  const first = await start({ service });
  await beginWithKey(first);
  await startBatch(first, await photoFolder(work.dir, 'Mountains', 14), 14);
  await slotsFilled(first, 7, 7); // of eight slots, one has no answer
  expect(service.stats()).toMatchObject({ submits: 8, accepted: 8 });
  const processes = await first.processes();
  await first.kill();
  await expect.poll(() => processes.filter((pid) => isAlive(pid))).toEqual([]);

  service.letGo();
  const again = await start({ service });
  const { page } = again;
  await expect(page.getByText('No service is in use, so nothing is sent.')).toBeVisible();
  await giveKeyAgain(again);
  await openBatch(again, 'Mountains');
  await expect(page.getByText('13 of 14 photos are enhanced; 1 may have been charged without a result.')).toBeVisible();
  await expect(page.getByText('1 photo waits for your decision.')).toBeVisible();
  await again.picture('after-kill');
  expect(service.stats()).toMatchObject({ submits: 14, accepted: 14 });
  expect(new Set(Object.values(service.stats().acceptedByContent))).toEqual(new Set([1]));

  await page.getByRole('button', { name: 'Decide…' }).first().click();
  const waiting = page.getByRole('group', { name: 'Photos that wait for your decision' });
  await expect(waiting.getByRole('listitem')).toHaveCount(1);
  await again.picture('undecided');
  await page.getByRole('button', { name: /^Submit again… IMG_\d+\.jpg/ }).click();
  const question = page.getByRole('alertdialog');
  await again.picture('undecided-consent');
  await question.getByRole('button', { name: 'Submit again (may be charged twice)' }).click();
  await expect(page.getByText('Nothing waits for your decision')).toBeVisible();
  await openBatch(again, 'Mountains');
  await expect(page.getByText('All 14 photos are enhanced.')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 15, accepted: 15 });
});

/** Whether a process is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
