// What every end-to-end test begins with: a folder of its own, ways to start the app and a service, and at the end the
// proof that no window complained. Whatever was started is ended, however the test went.
import { expect, test as base } from '@playwright/test';
import { RunningApp, type StartOptions, Workspace } from './app.ts';
import { startService, type ServiceOptions, type TestService } from './service.ts';

interface Fixtures {
  readonly work: Workspace;
  /** Starts the app, with the test's data folder unless another is named. */
  readonly start: (options?: Partial<StartOptions>) => Promise<RunningApp>;
  /** Starts a service that stands in for Segmind. */
  readonly serve: (options?: ServiceOptions) => Promise<TestService>;
}

export const test = base.extend<Fixtures>({
  // Playwright reads what a fixture needs off its first parameter: this one needs nothing.
  // eslint-disable-next-line no-empty-pattern
  work: async ({}, use) => {
    using work = new Workspace();
    await use(work);
  },
  serve: async ({ work }, use) => {
    await using stack = new AsyncDisposableStack();
    await use(async (options) => stack.use(await startService(work.dir, options)));
  },
  start: async ({ work }, use, info) => {
    const apps: RunningApp[] = [];
    await use(async (options) => {
      const app = await RunningApp.start({ data: work.data, ...options });
      apps.push(app);
      return app;
    });
    if (info.status !== info.expectedStatus) {
      for (const [n, app] of apps.entries())
        await app.picture(`failed-${info.title.slice(0, 60)}-${n}`).catch(() => null);
    }
    for (const app of apps) await app.kill();
    expect(apps.flatMap(({ complaints }) => complaints)).toEqual([]);
  },
});

export { expect };
