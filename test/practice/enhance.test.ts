import { describe, expect, it } from 'vitest';
import { DEFAULT_PARAMETERS, requestBody } from '../../app/domain/parameters.ts';
import { Account } from '../../app/practice/account.ts';
import { pictureFormat, readParameters, retouchSettings } from '../../app/practice/enhance.ts';
import { readDataUri } from '../../app/practice/pictures.ts';
import { dataUri, picture } from './support.ts';

describe('the parameters of a submit', () => {
  it('have the defaults of the service when they are not given', () => {
    expect(readParameters({ image: 'x' })).toEqual({ parameters: DEFAULT_PARAMETERS });
  });

  it('are read as the client writes them', () => {
    const parameters = {
      resolution: '1MP',
      steps: 50,
      seed: 999_999,
      preserveAlpha: false,
      inputModeration: false,
      outputModeration: false,
    } as const;
    expect(readParameters(requestBody(parameters, 'x'))).toEqual({ parameters });
  });
});

describe('the settings of the retouch', () => {
  it('grow with the steps and stay strengths from 0 to 1', () => {
    const all = [10, 20, 30, 40, 50].map((steps) => retouchSettings({ ...DEFAULT_PARAMETERS, steps }, 'jpeg'));
    for (const name of ['clarity', 'sharpen', 'noise'] as const) {
      const strengths = all.map((settings) => settings[name]);
      expect(strengths).toEqual([...new Set(strengths)].sort((a, b) => a - b));
      expect(Math.min(...strengths)).toBeGreaterThan(0);
      expect(Math.max(...strengths)).toBeLessThanOrEqual(1);
    }
  });

  it('follow the resolution, the seed and the alpha', () => {
    const png = retouchSettings({ ...DEFAULT_PARAMETERS, resolution: '1MP', seed: 5 }, 'png');
    expect(png).toMatchObject({ maxPixels: 1_000_000, seed: 5, keepAlpha: true, format: 'png' });
    expect(retouchSettings(DEFAULT_PARAMETERS, 'webp')).toMatchObject({ keepAlpha: false, format: 'jpeg' });
  });
});

describe('a picture', () => {
  it('is told by its first bytes', () => {
    for (const format of ['jpeg', 'png', 'webp'] as const) expect(pictureFormat(picture(format))).toBe(format);
    for (const text of ['', 'GIF89a', '%PDF-1.7', 'RIFF1234WAVE', '<svg>']) {
      expect(pictureFormat(Buffer.from(text))).toBeNull();
    }
  });

  it.each([0, 1, 2])('comes whole out of a data: URI with %i bytes more than a multiple of three', (more) => {
    const bytes = picture('jpeg', 'x'.repeat(30 - 4 + more));
    expect(readDataUri(dataUri(bytes))).toEqual(bytes);
  });

  it.each(['data:image/jpeg;base64,/9j/!!!!', 'data:;base64,', 'data:image/png', 'x', 'data:text/plain,abcd'])(
    'is not read from %s',
    (uri) => expect(readDataUri(uri)).toBeNull(),
  );
});

describe('an account', () => {
  const open = { credits: 1, freeCredits: 0, price: 0.04, spendLimit: null, spent: 0, open: 0 };

  it('adds up exactly over many requests', () => {
    const account = new Account({ ...open, credits: 40 });
    for (let n = 0; n < 1000; n += 1) {
      expect(account.reserve()).toBe('ok');
      account.charge();
    }
    expect(account.spent).toBe(40);
    expect(account.balance().credits).toBe(0);
    expect(account.reserve()).toBe('no-credits');
  });

  it('spends the free credits first', () => {
    const account = new Account({ ...open, freeCredits: 0.06 });
    account.reserve();
    expect(account.charge()).toEqual({ cost: 0.04, remaining: 1.02 });
    expect(account.balance()).toEqual({ credits: 1, freeCredits: 0.02 });
  });

  it('without an end never refuses', () => {
    const account = new Account({ ...open, credits: null, price: 9_000 });
    expect([account.reserve(), account.reserve(), account.reserve()]).toEqual(['ok', 'ok', 'ok']);
  });

  it('has a charge back that could not be recorded', () => {
    const account = new Account({ ...open, credits: 0.04 });
    account.reserve();
    account.charge();
    account.refund();
    expect(account.spent).toBe(0);
    expect(account.reserve()).toBe('ok');
  });
});
