import { describe, expect, test } from 'vitest';
import { isPublicAddress, serviceOrigin, urlOnOrigin } from '../../app/segmind/addresses.ts';
import { SEGMIND_API_URL, SEGMIND_STORAGE_URL } from '../../app/segmind/client.ts';

describe('an address is public', () => {
  test.each(['93.184.216.34', '8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])('%s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('an address is not public', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['169.254.169.254', 'link local, where clouds keep credentials'],
    ['100.64.0.1', 'carrier NAT'],
    ['0.0.0.0', 'unspecified'],
    ['198.18.0.1', 'benchmarks'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::ffff:10.0.0.1', 'private, mapped'],
    ['::a00:1', 'private, in the deprecated compatible form'],
    ['64:ff9b::10.0.0.1', 'private, behind NAT64'],
    ['64:ff9b:1::1', 'a local NAT64'],
    ['2002:a00:1::', 'private, in 6to4'],
    ['fc00::1', 'unique local'],
    ['fec0::1', 'site local'],
    ['fe80::1%eth0', 'link local with a zone'],
    ['ff02::1', 'multicast'],
    ['not an address', 'nothing'],
  ])('%s (%s)', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('the key goes to an origin', () => {
  test.each([
    [SEGMIND_API_URL, SEGMIND_API_URL],
    [SEGMIND_STORAGE_URL, SEGMIND_STORAGE_URL],
    ['https://api.segmind.com/', 'https://api.segmind.com'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['http://localhost:4000', 'http://localhost:4000'],
    ['http://[::1]:4000', 'http://[::1]:4000'],
  ])('such as %s', (text, origin) => {
    expect(serviceOrigin(text, 'API URL')).toBe(origin);
  });

  test.each([
    ['http://api.segmind.com', /must begin with https/],
    ['http://localhost.example.com', /must begin with https/],
    ['ftp://127.0.0.1', /must begin with https/],
    ['file:///etc/passwd', /must begin with https/],
    ['https://api.segmind.com/v2', /without a path/],
    ['https://api.segmind.com/?a', /without a path/],
    ['https://user:secret@api.segmind.com', /user name or password/],
    ['api.segmind.com', /not a URL/],
    ['', /not a URL/],
  ])('but not to %j', (text, message) => {
    expect(() => serviceOrigin(text, 'API URL')).toThrow(message);
  });
});

describe('a URL that the service named', () => {
  const origin = 'https://api.segmind.com';
  test.each([
    ['https://api.segmind.com/v2/requests/a/status', 'https://api.segmind.com/v2/requests/a/status'],
    ['/v2/requests/a/status?x=1', 'https://api.segmind.com/v2/requests/a/status?x=1'],
  ])('is used when it is on the origin: %s', (named, used) => {
    expect(urlOnOrigin(named, origin, '/built')).toBe(used);
  });

  test.each([
    undefined,
    'https://evil.example/v2',
    '//evil.example/v2',
    'http://api.segmind.com/v2',
    'https://api.segmind.com:444/v2',
    'https://api.segmind.com.evil.example/',
    'https://api.segmind.com@evil.example/',
    'https://user@api.segmind.com/v2',
    'javascript:alert(1)',
  ])('is replaced otherwise: %s', (named) => {
    expect(urlOnOrigin(named, origin, '/built')).toBe('https://api.segmind.com/built');
  });
});
