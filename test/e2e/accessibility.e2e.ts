// axe-core on every view and dialog, in both themes: nothing serious, nothing critical.
import { AxeBuilder } from '@axe-core/playwright';
import type { RunningApp } from './support/app.ts';
import { photoFolder } from './support/service.ts';
import { expect, test } from './support/test.ts';
import { furnish, MIXED, VIEWS } from './support/views.ts';
import { beginWithKey, sheetOf } from './support/window.ts';

test('axe finds nothing serious in any view or dialog', async ({ start, serve, work }) => {
  const service = await serve(MIXED);
  const app = await start({ service });
  await check(app, 'first run');
  await beginWithKey(app);
  await check(app, 'no batches');
  await furnish(app, service, work.dir);
  for (const { name, open } of VIEWS) {
    await test.step(name, async () => {
      await open(app);
      await check(app, name);
      await app.page.keyboard.press('Escape');
    });
  }
  await app.drop([await photoFolder(work.dir, 'Harbour', 3)]);
  await sheetOf(app, 3);
  await check(app, 'sheet');
});

async function check(app: RunningApp, view: string): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    await app.theme(theme);
    // In one frame, without a page of its own, which Electron has no room for.
    const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const found = grave.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('\n')}`,
    );
    expect.soft(found, `${view}, ${theme}`).toEqual([]);
  }
}
