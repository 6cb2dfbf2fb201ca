// What the user set: kept, checked when it is read, and carried out at once.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PREFERENCES, Preferences } from '../../app/backend/preferences.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { silentLog } from '../../app/lib/log.ts';
import { tempFolder } from '../media/pictures.ts';
import { BackendRig } from './rig.ts';

const { parameters, output } = DEFAULT_PREFERENCES;

/** Preferences over a history in which settings lie as given. */
function preferencesOf(stored: Readonly<Record<string, unknown>>): Preferences {
  const history = History.own({ dir: tempFolder(), clock: systemClock, program: 'a test' });
  for (const [key, value] of Object.entries(stored)) history.settings.set(key, value);
  return new Preferences(history.settings, silentLog);
}

describe('preferences', () => {
  it('are kept across restarts, and those not changed stay', async () => {
    const rig = await BackendRig.open();
    const changed = await rig.call('settings.set', { concurrency: 3, tileSize: 300, requestsPerMinute: null });
    expect(changed.preferences).toEqual({
      ...DEFAULT_PREFERENCES,
      concurrency: 3,
      tileSize: 300,
      requestsPerMinute: null,
    });
    await rig.call('settings.set', { parameters: { ...parameters, resolution: '2MP' } });
    await rig.restart();
    expect((await rig.state()).preferences).toMatchObject({ concurrency: 3, parameters: { resolution: '2MP' } });
    expect(rig.told('app').length).toBeGreaterThanOrEqual(2);
  });

  it('fall back one by one where they are damaged or of another version', () => {
    const { values } = preferencesOf({
      'desktop.preferences': {
        concurrency: 10_000,
        requestsPerMinute: 12,
        theme: 'sepia',
        tileSize: '300',
        keepInTray: true,
        parameters: { resolution: '16MP', steps: 20, seed: -1 },
        output: { onExists: 'overwrite', template: 'no name', maxUploadMegapixels: 8 },
        removedLater: true,
      },
    });
    expect(values).toEqual({
      ...DEFAULT_PREFERENCES,
      requestsPerMinute: 12,
      keepInTray: true,
      parameters: { ...DEFAULT_PARAMETERS, steps: 20 },
      output: { onExists: 'overwrite', template: output.template, maxUploadMegapixels: 8 },
    });
  });

  it.each([null, 'text', 7, [], { parameters: null, output: [] }])('are the defaults where %j was kept', (stored) => {
    const all = Object.fromEntries(
      ['preferences', 'presets', 'output-folder', 'service', 'paused', 'notices', 'dismissed-notices'].map((name) => [
        `desktop.${name}`,
        typeof stored === 'string' ? 7 : stored,
      ]),
    );
    const preferences = preferencesOf(all);
    expect(preferences.values).toEqual(DEFAULT_PREFERENCES);
    expect([preferences.presets, preferences.notices, preferences.dismissedNotices]).toEqual([[], [], []]);
    expect([preferences.outputFolder, preferences.service, preferences.isPaused('segmind')]).toEqual([
      null,
      null,
      false,
    ]);
  });

  it('tell the desktop of the theme and of the start at login, when those change', async () => {
    const rig = await BackendRig.open();
    expect(rig.shell.asked).toEqual(['theme system']);
    await rig.call('settings.set', { theme: 'dark' });
    await rig.call('settings.set', { theme: 'dark', startAtLogin: true });
    await rig.call('settings.set', { concurrency: 2 });
    expect(rig.shell.asked).toEqual(['theme system', 'theme dark', 'start at login true']);
  });
});

describe('presets', () => {
  it('are kept by name, whatever its letters’ case, in the order of their names', async () => {
    const rig = await BackendRig.open();
    await rig.call('presets.save', { name: 'Wedding 10', parameters, output });
    await rig.call('presets.save', { name: 'wedding 9', parameters, output });
    await rig.call('presets.save', { name: 'WEDDING 10', parameters: { ...parameters, steps: 44 }, output });
    await rig.restart();
    const { presets } = await rig.state();
    expect(presets.map(({ name }) => name)).toEqual(['wedding 9', 'WEDDING 10']);
    expect(presets[1]?.parameters.steps).toBe(44);
    const { presets: left } = await rig.call('presets.remove', { name: 'Wedding 9' });
    expect(left.map(({ name }) => name)).toEqual(['WEDDING 10']);
  });

  it('are a hundred at most; one that is there can still be changed', async () => {
    const rig = await BackendRig.open();
    for (let n = 1; n <= 100; n += 1) await rig.call('presets.save', { name: `preset ${n}`, parameters, output });
    expect((await rig.refused('presets.save', { name: 'one more', parameters, output })).code).toBe('too_many_presets');
    await rig.call('presets.save', { name: 'Preset 7', parameters: { ...parameters, seed: 7 }, output });
    expect((await rig.state()).presets).toHaveLength(100);
  });

  it('that are damaged cost only themselves', () => {
    const { presets } = preferencesOf({
      'desktop.presets': [{ name: '' }, 7, { name: 'Good', parameters: { steps: 12, seed: 'x' } }],
    });
    expect(presets).toEqual([{ name: 'Good', parameters: { ...DEFAULT_PARAMETERS, steps: 12 }, output }]);
  });
});

describe('the desktop', () => {
  it('is asked to open what is asked for, and nothing that a window named', async () => {
    const rig = await BackendRig.open({ licencesFile: '/opt/app/LICENSES.html' });
    await rig.call('app.openLogs', undefined);
    await rig.call('app.openDataFolder', undefined);
    await rig.call('app.openLink', { link: 'segmind-keys' });
    await rig.call('app.openLink', { link: 'licences' });
    await rig.call('app.quit', undefined);
    expect(rig.shell.asked.slice(1)).toEqual([
      `open ${join(rig.data, 'logs')}`,
      `open ${rig.data}`,
      'browse https://cloud.segmind.com/console/api-keys',
      'open /opt/app/LICENSES.html',
      'quit',
    ]);
  });
});
