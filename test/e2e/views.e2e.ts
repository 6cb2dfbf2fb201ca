// Every view as it is seen: in both themes, small and large, magnified and from right to left. Pictures for the eye, and
// what a machine can tell: nothing sticks out, and everything that can be pressed can be reached.
import type { RunningApp } from './support/app.ts';
import { photoFolder } from './support/service.ts';
import { expect, test } from './support/test.ts';
import { furnish, MIXED, VIEWS } from './support/views.ts';
import { beginWithKey, sheetOf } from './support/window.ts';

interface Look {
  readonly name: string;
  readonly theme: 'dark' | 'light';
  readonly width: number;
  readonly height: number;
  readonly zoom?: number;
  readonly rtl?: boolean;
}

const LOOKS: readonly Look[] = [
  { name: 'dark', theme: 'dark', width: 1280, height: 800 },
  { name: 'light', theme: 'light', width: 1280, height: 800 },
  { name: 'small-dark', theme: 'dark', width: 900, height: 600 },
  { name: 'small-light', theme: 'light', width: 900, height: 600 },
  { name: 'large', theme: 'dark', width: 2560, height: 1440 },
  { name: 'zoomed', theme: 'light', width: 900, height: 600, zoom: 2 },
  { name: 'rtl', theme: 'dark', width: 1280, height: 800, rtl: true },
];

test('every view holds in both themes, at every size, magnified and from right to left', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve(MIXED);
  const app = await start({ service });
  await beginWithKey(app);
  await furnish(app, service, work.dir);
  for (const { name, open } of VIEWS) {
    await test.step(name, async () => {
      await open(app);
      await see(app, name);
      await app.page.keyboard.press('Escape');
    });
  }
});

test('the sheet of a new batch holds, too', async ({ start, serve, work }) => {
  const service = await serve(MIXED);
  const app = await start({ service });
  await see(app, 'first-run');
  await beginWithKey(app);
  await see(app, 'empty');
  await app.drop([await photoFolder(work.dir, 'Coast', 5)]);
  await sheetOf(app, 5);
  await see(app, 'sheet', [{ name: 'half-zoomed', theme: 'dark', width: 900, height: 600, zoom: 1.5 }, ...LOOKS]);
  await app.page.keyboard.press('Escape');
  await app.drag([work.dir]);
  await expect(app.page.getByText(/^Drop/).last()).toBeVisible();
  await see(app, 'drop');
});

/** Looks at what is open in every way. */
async function see(app: RunningApp, view: string, looks = LOOKS): Promise<void> {
  for (const look of looks) {
    await app.look(look);
    await app.picture(`${look.name}/${view}`);
    expect.soft(await app.page.evaluate(sticksOut), `${view}, ${look.name}`).toEqual([]);
    expect.soft(await app.page.evaluate(liesOver), `${view}, ${look.name}`).toEqual([]);
  }
  await app.look({ theme: 'light', width: 1280, height: 800 });
}

/** Runs in the page. What of a dialog lies under its buttons even at its end, and whether pictures lie over the panel. */
function liesOver(): string[] {
  const problems: string[] = [];
  for (const dialog of document.querySelectorAll('.dialog')) {
    dialog.scrollTop = dialog.scrollHeight;
    const body = dialog.querySelector('.dialog-body');
    const actions = dialog.querySelector('.dialog-actions');
    if (!body || !actions || getComputedStyle(body).overflowY === 'auto') continue; // it cuts off what it has no room for
    const end = Math.max(...Array.from(body.querySelectorAll('*'), (part) => part.getBoundingClientRect().bottom));
    const { top } = actions.getBoundingClientRect();
    if (end > top + 1)
      problems.push(`the dialog’s contents end at ${Math.round(end)}, its buttons begin at ${Math.round(top)}`);
    dialog.scrollTop = 0;
  }
  for (const panel of document.querySelectorAll('.compare-panel')) {
    const { left, top, width, height } = panel.getBoundingClientRect();
    for (const part of [0.1, 0.5, 0.9]) {
      const at = document.elementFromPoint(left + width * part, top + height * part);
      if (!panel.contains(at)) problems.push(`over the panel lies ${at?.outerHTML.slice(0, 80)}`);
    }
  }
  return problems;
}

/** Runs in the page. What sticks out of it, and what can be pressed but not be reached by scrolling. */
function sticksOut(): string[] {
  const { innerWidth, innerHeight } = window;
  const problems: string[] = [];
  if (document.documentElement.scrollWidth > innerWidth) {
    problems.push(`the page is ${document.documentElement.scrollWidth} wide in ${innerWidth}`);
  }
  const scrolls = (element: Element | null, way: 'overflowX' | 'overflowY'): boolean => {
    for (let at = element; at !== null && at !== document.documentElement; at = at.parentElement) {
      if (['auto', 'scroll'].includes(getComputedStyle(at)[way])) return true;
    }
    return false;
  };
  for (const control of document.querySelectorAll(
    'button, input, select, textarea, [role="slider"], [role="switch"]',
  )) {
    if (!control.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const { left, right, top, bottom, width, height } = control.getBoundingClientRect();
    if (width <= 1 || height <= 1) continue; // for screen readers alone
    const across = left >= -1 && right <= innerWidth + 1;
    const along = top >= -1 && bottom <= innerHeight + 1;
    if ((across || scrolls(control, 'overflowX')) && (along || scrolls(control, 'overflowY'))) continue;
    const name = control.getAttribute('aria-label') ?? control.textContent;
    problems.push(
      `${control.tagName} “${name.trim()}” at ${Math.round(left)},${Math.round(top)}–${Math.round(right)},${Math.round(bottom)}`,
    );
  }
  return problems;
}
