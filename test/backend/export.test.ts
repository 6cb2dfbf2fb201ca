// The history as a file: read as spreadsheets read it, whole or not there, and never in the place of a picture.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXPORT_COLUMNS, csvLine } from '../../app/backend/export-lines.ts';
import type { Failure } from '../../app/domain/failure.ts';
import { failure, FailureError } from '../../app/domain/failure.ts';
import { EVERYTHING, planned } from '../history/support.ts';
import { Desk } from './desk.ts';

let desk: Desk;
beforeEach(() => (desk = new Desk()));
afterEach(async () => {
  vi.unstubAllEnvs();
  await desk[Symbol.asyncDispose]();
});

/** Exports everything to a file of the user's choice. */
function save(name: string, format: 'csv' | 'json' = 'csv') {
  desk.shell.saveAs = join(desk.folder, name);
  return desk.call['history.export']({ filter: EVERYTHING, format });
}

async function refusal(answer: unknown): Promise<Failure> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error('it was not refused');
}

const read = (name: string) => readFileSync(join(desk.folder, name), 'utf8');

/** Reads CSV by RFC 4180. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
    else if (end === '') break;
  }
  return rows.slice(0, -1);
}

describe('an export', () => {
  it('as CSV begins with a byte order mark and the names of its columns, also without jobs', async () => {
    expect(await save('empty.csv')).toEqual({ jobs: 0, name: 'empty.csv' });
    expect(read('empty.csv')).toBe(`\ufeff${EXPORT_COLUMNS.join(',')}\r\n`);
  });

  it('holds all that a bookkeeper asks for', async () => {
    const { ids } = desk.at.batch(3);
    const [done = 0, late = 0] = ids;
    desk.at.accepted(done, 'first');
    desk.at.apply(done, { type: 'retry', failure: failure('network'), notBefore: 0, over: true });
    desk.finish(done, { credits: 0.25 });
    desk.timeOut(late);
    expect(await save('list.csv')).toEqual({ jobs: 3, name: 'list.csv' });
    const [header = [], ...lines] = parse(read('list.csv').slice(1));
    const rows = lines.map((line) => Object.fromEntries(header.map((name, index) => [name, line[index]])));
    expect(rows.map(({ job }) => job)).toEqual(['3', '2', '1']);
    expect(rows[2]).toMatchObject({
      batch: 'Wedding',
      file: '1.jpg',
      folder: '/photos',
      state: 'succeeded',
      failure: '',
      resolution: expect.any(String) as string,
      width: '6000',
      output: `/photos/enhanced/${done}.jpg`,
      request_ids: `first request-${done}`,
      attempts: '2',
      charged: 'yes',
      credits: '0.25',
      created_at: expect.stringMatching(/^2026-11-22T\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      finished_at: expect.stringMatching(/Z$/) as string,
    });
    expect(rows[1]).toMatchObject({
      state: 'failed',
      failure: 'timeout',
      charged: 'maybe',
      finished_at: expect.any(String) as string,
    });
    expect(rows[0]).toMatchObject({ state: 'queued', attempts: '0', request_ids: '', output: '', finished_at: '' });
  });

  it('as JSON is an array of the same, with numbers as numbers', async () => {
    const id = desk.at.job();
    desk.finish(id);
    expect(await save('list.json', 'json')).toEqual({ jobs: 1, name: 'list.json' });
    const [line, ...others] = JSON.parse(read('list.json')) as Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(Object.keys(line ?? {})).toEqual([...EXPORT_COLUMNS]);
    expect(line).toMatchObject({
      job: id,
      credits: 0.5,
      preserve_alpha: expect.any(Boolean) as boolean,
      failure: null,
    });
    await desk.call['history.remove']({ ids: [id] });
    await save('none.json', 'json');
    expect(JSON.parse(read('none.json'))).toEqual([]);
  });

  it('is whole with more jobs than a page', async () => {
    desk.at.batch(450);
    expect(await save('many.csv')).toMatchObject({ jobs: 450 });
    expect(parse(read('many.csv'))).toHaveLength(451);
    expect(await save('many.json', 'json')).toMatchObject({ jobs: 450 });
    expect(JSON.parse(read('many.json'))).toHaveLength(450);
    expect(readdirSync(desk.folder).sort()).toEqual(['many.csv', 'many.json']);
  });

  it('keeps any name in its cell, and lets none run as a formula', async () => {
    const names = [
      "=cmd|' C calc'!A0.jpg",
      '+1.jpg',
      '-1.jpg',
      '@x.jpg',
      '\tx.jpg',
      '\rx.jpg',
      'a,"b"\n.jpg',
      'é 😀.jpg',
    ];
    desk.at.batch(0, { jobs: names.map((name, n) => ({ ...planned(n), sourcePath: `/photos/${name}` })) });
    await save('names.csv');
    const [header = [], ...lines] = parse(read('names.csv').slice(1));
    const files = lines.map((line) => line[header.indexOf('file')]).reverse();
    expect(files).toEqual(names.map((name) => (/^[=+\-@\t\r]/.test(name) ? `'${name}` : name)));
  });

  it('writes numbers as they are, and quotes only what needs it', () => {
    expect(csvLine([-1, 0.5, true, null, 'a b', 'a"b', '-1', ''])).toBe(`-1,0.5,true,,a b,"a""b",'-1,\r\n`);
  });

  it('never holds a key', async () => {
    const id = desk.at.job();
    desk.at.apply(id, { type: 'claim' });
    desk.at.fail(id, { ...failure('rejected'), detail: 'SG_0123456789abcdef' });
    await save('a.csv');
    await save('a.json', 'json');
    for (const name of ['a.csv', 'a.json']) {
      expect(read(name)).toContain('SG_…');
      expect(read(name)).not.toContain('0123456789abcdef');
    }
  });

  it('keeps to the filter', async () => {
    const { ids } = desk.at.batch(2);
    desk.fail(ids[1] ?? 0);
    desk.shell.saveAs = join(desk.folder, 'failed.csv');
    const answer = await desk.call['history.export']({ filter: { ...EVERYTHING, states: ['failed'] }, format: 'csv' });
    expect(answer).toMatchObject({ jobs: 1 });
  });

  it('is not made when the dialog is closed', async () => {
    desk.shell.saveAs = null;
    expect(await desk.call['history.export']({ filter: EVERYTHING, format: 'csv' })).toBeNull();
    expect(readdirSync(desk.folder)).toEqual([]);
  });
});

describe('the place of an export', () => {
  it('is first named by the day at this place, as the clock on the wall has it', async () => {
    vi.stubEnv('TZ', 'Pacific/Auckland'); // by UTC it is still the day before
    await save('list.csv');
    desk.at.clock.turn(-24 * 3_600_000);
    await save('list.json', 'json');
    expect(desk.shell.asked).toEqual([
      'save Lightbatch history 2026-11-23.csv',
      'save Lightbatch history 2026-11-22.json',
    ]);
  });

  it('is taken over where the dialog asked about it', async () => {
    writeFileSync(join(desk.folder, 'list.CSV'), 'older');
    expect(await save('list.CSV')).toMatchObject({ name: 'list.CSV' });
    expect(read('list.CSV')).not.toBe('older');
  });

  it('gets the ending of its format, and then takes no other file’s place', async () => {
    writeFileSync(join(desk.folder, 'photo.jpg'), 'pixels');
    expect(await save('photo.jpg')).toMatchObject({ name: 'photo.jpg.csv' });
    expect(read('photo.jpg')).toBe('pixels');
    expect((await refusal(save('photo.jpg'))).message).toContain('“photo.jpg.csv” already');
    expect(readdirSync(desk.folder).sort()).toEqual(['photo.jpg', 'photo.jpg.csv']);
  });

  it('is never that of a photo or a result, whatever they are called', async () => {
    const [source, output] = [join(desk.folder, 'odd.csv'), join(desk.folder, 'result.json')];
    for (const path of [source, output]) writeFileSync(path, 'pixels');
    const id = desk.at.job({ jobs: [{ ...planned(1), sourcePath: source }] });
    desk.finish(id, { path: output });
    for (const round of ['in the history', 'removed from it']) {
      if (round === 'removed from it') await desk.call['history.remove']({ ids: [id] });
      expect(await refusal(save('odd.csv'))).toMatchObject({ code: 'would_overwrite' });
      expect(await refusal(save('result.json', 'json'))).toMatchObject({ code: 'would_overwrite' });
    }
    for (const path of [source, output]) expect(readFileSync(path, 'utf8')).toBe('pixels');
  });

  it('that cannot be written to is told, and nothing is left there', async () => {
    desk.at.batch(1);
    writeFileSync(join(desk.folder, 'file'), '');
    const inFile = await refusal(save(join('file', 'list.csv')));
    expect(inFile).toMatchObject({ code: 'export_failed' });
    mkdirSync(join(desk.folder, 'folder.csv'));
    expect(await refusal(save('folder.csv'))).toMatchObject({ code: 'export_failed' });
    expect(readdirSync(desk.folder).sort()).toEqual(['file', 'folder.csv']);
    expect(existsSync(join(desk.folder, basename('folder.csv'), 'list.csv'))).toBe(false);
  });
});
