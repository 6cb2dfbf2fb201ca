// A change of the machine's time zone, as macOS and Linux tell of it: by a link, or by a copy.
import { copyFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { timeZoneFollower } from '../../app/lib/time-zone.ts';
import { tempFolder } from '../media/pictures.ts';

let file: string;
const renew = vi.fn();

beforeEach(() => {
  vi.stubEnv('TZ', undefined);
  renew.mockClear();
  file = join(tempFolder(), 'localtime');
  symlinkSync('/zones/Europe/Berlin', file);
});
afterEach(() => vi.unstubAllEnvs());

it('is noticed once, by whoever asks for a local time next', () => {
  const follow = timeZoneFollower(file, renew);
  follow();
  expect(renew).not.toHaveBeenCalled();
  rmSync(file);
  symlinkSync('/zones/Europe/London', file);
  for (let n = 0; n < 3; n += 1) follow();
  expect(renew).toHaveBeenCalledOnce();
});

it('is noticed where the zone is a copy, also when it goes', () => {
  rmSync(file);
  writeFileSync(file, 'Berlin');
  const follow = timeZoneFollower(file, renew);
  writeFileSync(`${file}.new`, 'Honolulu');
  rmSync(file);
  copyFileSync(`${file}.new`, file);
  follow();
  expect(renew).toHaveBeenCalledTimes(1);
  rmSync(file);
  follow();
  expect(renew).toHaveBeenCalledTimes(2);
});

it('changes nothing where the zone of this process was chosen', () => {
  vi.stubEnv('TZ', 'Pacific/Auckland');
  const follow = timeZoneFollower(file, renew);
  rmSync(file);
  symlinkSync('/zones/Europe/London', file);
  follow();
  expect(renew).not.toHaveBeenCalled();
});

it('is none where nothing tells of it', () => {
  const follow = timeZoneFollower(join(file, 'missing'), renew);
  follow();
  expect(renew).not.toHaveBeenCalled();
});
