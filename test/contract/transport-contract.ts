// What holds of the way between window and core whatever carries it: run over an in-memory transport by vitest, and over
// Electron's own by the end-to-end tests. Each scenario begins with a fresh data folder; `node:assert` serves both runners.
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Answer, CommandName, Event, EventName, Events, Input, Output } from '../../app/contract.ts';
import type { FeedMessage } from '../../app/contract/values.ts';
import { totalOf, unfinishedOf } from '../../app/domain/batch.ts';

/** One end of the way, as a page has it; the core at the other end has sample photographs. */
export interface Transport {
  readonly call: (name: string, input: unknown) => Promise<Answer<unknown>>;
  /** Everything that was told so far, once it holds what is waited for. */
  readonly heard: (isEnough: (events: readonly Event[]) => boolean) => Promise<readonly Event[]>;
}

export interface Scenario {
  readonly title: string;
  readonly run: (transport: Transport) => Promise<void>;
}

const KEY = 'SG_0123456789abcdef';

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'a name that is no command is refused, an object’s own among them',
    run: async ({ call }) => {
      for (const name of ['queue.explode', 'constructor', '__proto__', 'toString', '']) {
        equal(codeOf(await call(name, undefined)), 'bad_request', name);
      }
    },
  },
  {
    title: 'an input that is not as the contract has it is refused',
    run: async ({ call }) => {
      for (const [name, input] of [
        ['batches.list', { limit: 1, path: '/etc/hosts' }],
        ['batches.list', { limit: '1' }],
        ['batches.list', { limit: 0 }],
        ['batches.list', undefined],
        ['queue.pause', {}],
        ['jobs.rows', { ids: [1.5] }],
        ['settings.set', { theme: 'pink' }],
        ['app.openLink', { link: 'https://example.com' }],
      ] as const) {
        equal(codeOf(await call(name, input)), 'bad_request', `${name} ${JSON.stringify(input)}`);
      }
    },
  },
  {
    title: 'a refusal repeats nothing of what it refuses',
    run: async ({ call }) => {
      const answer = await call('service.setKey', { key: KEY, [KEY]: KEY });
      equal(codeOf(answer), 'bad_request');
      ok(!JSON.stringify(answer).includes(KEY));
    },
  },
  {
    title: 'values come back as plain data, equal to what was set',
    run: async (transport) => {
      const opening = await done(transport, 'app.open', undefined);
      ok(opening.open);
      const app = await done(transport, 'settings.set', { concurrency: 3, theme: 'dark' });
      equal(app.preferences.concurrency, 3);
      deepEqual(app, { ...opening.app, preferences: { ...opening.app.preferences, concurrency: 3, theme: 'dark' } });
      deepEqual(await done(transport, 'batches.list', { limit: 10 }), []);
      equal(await done(transport, 'batches.get', { id: 999 }), null);
    },
  },
  {
    title: 'what cannot be done comes back as a failure with a sentence for the user',
    run: async ({ call }) => {
      const answer = await call('intake.discard', { id: 999 });
      const plan = await call('jobs.open', { id: 999, which: 'original' });
      ok(answer.ok || answer.failure.code === 'intake_gone');
      equal(codeOf(plan), 'job_gone');
      ok(!plan.ok && /\.$/.test(plan.failure.message));
    },
  },
  {
    title: 'a batch is told from its start to its end: numbered without a gap, and as the questions answer it',
    run: async (transport) => {
      const batchId = await startSamples(transport);
      await done(transport, 'feed.watch', { batchId });
      const isDone = ({ batches }: FeedMessage) =>
        batches.some(({ id, counts }) => id === batchId && totalOf(counts) > 0 && unfinishedOf(counts) === 0);
      const events = await transport.heard((all) => told(all, 'feed').some(isDone));
      const feed = told(events, 'feed');
      deepEqual(
        feed.map(({ seq }) => seq),
        feed.map((_, n) => (feed[0]?.seq ?? 0) + n),
      );
      ok(told(events, 'app').some(({ service }) => service.kind === 'practice'));
      const batch = await done(transport, 'batches.get', { id: batchId });
      ok(batch !== null && batch.practice && batch.counts.succeeded === totalOf(batch.counts));
      const query: Input<'jobs.ids'> = { batchId, states: [], order: 'added', descending: false };
      const { ids } = await done(transport, 'jobs.ids', query);
      equal(ids.length, totalOf(batch.counts));
      const { rows } = await done(transport, 'jobs.rows', { ids: [...ids] });
      deepEqual(
        rows.map(({ id, state, output }) => [id, state, output !== null]),
        ids.map((id) => [id, 'succeeded', true]),
      );
    },
  },
  {
    title: 'an order given twice at once is carried out in turn, and each is answered',
    run: async (transport) => {
      await done(transport, 'service.use', { kind: 'practice' });
      const answers = await Promise.all([
        done(transport, 'queue.pause', undefined),
        done(transport, 'queue.resume', undefined),
        done(transport, 'queue.pause', undefined),
      ]);
      deepEqual(
        answers.map(({ paused }) => paused),
        [true, false, true],
      );
    },
  },
];

/** Gives the sample photographs to the practice service. @returns the batch */
async function startSamples(transport: Transport): Promise<number> {
  await done(transport, 'service.use', { kind: 'practice' });
  const opening = await done(transport, 'app.open', undefined);
  ok(opening.open);
  const { parameters, output, recursive } = opening.app.preferences;
  const { id } = await done(transport, 'intake.samples', undefined);
  const settings = { id, parameters, output, recursive };
  const plan = await done(transport, 'intake.plan', settings);
  ok(plan.photos > 0);
  const { batchId, jobs } = await done(transport, 'intake.start', {
    ...settings,
    name: plan.name,
    agreed: plan.agreement,
  });
  equal(jobs, plan.photos);
  ok(batchId !== null);
  return batchId;
}

async function done<Name extends CommandName>(
  { call }: Transport,
  name: Name,
  input: Input<Name>,
): Promise<Output<Name>> {
  const answer = await call(name, input);
  if (!answer.ok) throw new Error(`${name}: ${answer.failure.message} ${answer.failure.detail ?? ''}`);
  return answer.value as Output<Name>; // the contract types the handler behind it
}

function codeOf(answer: Answer<unknown>): string {
  return answer.ok ? 'ok' : answer.failure.code;
}

function told<Name extends EventName>(events: readonly Event[], name: Name): Events[Name][] {
  return events.filter((event) => event.name === name).map((event) => event.value as Events[Name]);
}
