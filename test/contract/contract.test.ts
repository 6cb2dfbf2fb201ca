import { describe, expect, it } from 'vitest';
import { COMMANDS, isCommand } from '../../app/contract.ts';
import { pictureUrl, readPictureUrl, TIERS } from '../../app/contract/pictures.ts';
import { DEFAULT_TEMPLATE } from '../../app/domain/naming.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { usualWatchSettings } from '../../app/domain/watch.ts';

describe('the contract', () => {
  it('knows its own commands, and none of an object’s', () => {
    expect(isCommand('queue.pause')).toBe(true);
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'queue.explode', '']) {
      expect(isCommand(name), name).toBe(false);
    }
  });

  it('takes nothing that it does not name', () => {
    const accepts = (name: keyof typeof COMMANDS, input: unknown) => COMMANDS[name].input.safeParse(input).success;
    expect(accepts('jobs.open', { id: 1, which: 'original' })).toBe(true);
    expect(accepts('jobs.open', { id: 1, which: 'original', path: '/etc/passwd' })).toBe(false);
    expect(accepts('jobs.open', { id: 1.5, which: 'original' })).toBe(false);
    expect(accepts('jobs.open', { id: '1', which: 'original' })).toBe(false);
    expect(accepts('app.openLink', { link: 'https://example.com' })).toBe(false);
    expect(accepts('queue.pause', {})).toBe(false);
    expect(accepts('settings.set', { parameters: { ...DEFAULT_PARAMETERS, steps: 51 } })).toBe(false);
    expect(accepts('settings.set', { concurrency: 0 })).toBe(false);
    const output = { onExists: 'number', template: DEFAULT_TEMPLATE, maxUploadMegapixels: 16 } as const;
    const settings = usualWatchSettings({ parameters: DEFAULT_PARAMETERS, output, recursive: false });
    const filtered = (include: string) => ({ id: 1, settings: { ...settings, include: [include] } });
    expect(accepts('watch.change', filtered('*.jpg'))).toBe(true);
    for (const slashed of ['sub/*.jpg', 'sub\\*.jpg']) expect(accepts('watch.change', filtered(slashed))).toBe(false);
    expect(accepts('jobs.rows', { ids: Array.from({ length: 501 }, (_, index) => index + 1) })).toBe(false);
  });

  it('names no path in anything that the window sends but the folder of a filter, which is only compared', () => {
    expect(keysOf(COMMANDS['intake.start'].input)).toEqual(expect.arrayContaining(['id', 'template', 'seed', 'name']));
    const named = Object.entries(COMMANDS).filter(([, { input }]) =>
      /path|dir|file\b/i.test(JSON.stringify(keysOf(input))),
    );
    expect(named.map(([name]) => name)).toEqual([]);
  });
});

/** The names of all members of a schema, at any depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { shape, element, options } = schema as { shape?: object; element?: unknown; options?: unknown[] };
  return [
    ...Object.entries(shape ?? {}).flatMap(([name, member]) => [name, ...keysOf(member)]),
    ...keysOf(element),
    ...(Array.isArray(options) ? options.flatMap(keysOf) : []),
  ];
}

describe('the addresses of pictures', () => {
  it('lead back to what they were made of', () => {
    for (const which of ['original', 'enhanced'] as const) {
      for (const tier of TIERS)
        expect(readPictureUrl(pictureUrl({ id: 42, which, tier }, 7))).toEqual({ id: 42, which, tier });
    }
  });

  it.each([
    'thumb://job/0/original/small',
    'thumb://job/-1/original/small',
    'thumb://job/1/original/huge',
    'thumb://job/1/../../etc/passwd',
    'thumb://job/1/original/small/../../x',
    'thumb://job/%31/original/small',
    'thumb://other/1/original/small',
    'file:///etc/passwd',
    'thumb://job/99999999999999999999/original/small',
  ])('are nothing else: %s', (url) => {
    expect(readPictureUrl(url)).toBeNull();
  });
});
