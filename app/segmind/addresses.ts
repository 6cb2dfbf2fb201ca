// Which hosts and addresses the client may talk to: its own origins, loopback for the practice service, and public
// addresses for results. Everything here is pure.
import ipaddr from 'ipaddr.js';
import { urlOf } from '../lib/url.ts';

/** The whole of IPv6 global unicast: outside of it, ipaddr.js still calls deprecated blocks (`::/96`) "unicast". */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];
/** NAT64 as networks without IPv4 use it (RFC 6052): the last four bytes are the IPv4 address really meant. */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96') as [ipaddr.IPv6, number];

/** Whether an IP address is one of the public internet. IPv4 inside IPv6 (mapped, NAT64) is judged as IPv4. */
export function isPublicAddress(address: string): boolean {
  const parsed = parse(address);
  if (parsed === undefined || parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6);
}

export function isLoopbackAddress(address: string): boolean {
  return parse(address)?.range() === 'loopback';
}

/** Whether the host of a URL, as `URL.hostname` writes it, is this machine by name or by address. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || isLoopbackAddress(unbracket(hostname));
}

/** The address in the host of a URL when it is a literal one, or undefined for a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = unbracket(hostname);
  return ipaddr.isValid(bare) ? bare : undefined;
}

/**
 * The origin of a base URL that the key may be sent to.
 * @param what how the setting is called in the error
 * @throws {Error} when it is not https (or http on loopback), or when it is more than an origin
 */
export function serviceOrigin(text: string, what: string): string {
  const url = urlOf(text);
  if (url === null) throw new Error(`The ${what} is not a URL.`);
  if (url.username || url.password) throw new Error(`The ${what} must not hold a user name or password.`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    throw new Error(`The ${what} must begin with https:// (http:// is for this machine only), not ${url.origin}.`);
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new Error(`The ${what} must be an origin without a path, such as ${url.origin}.`);
  }
  return url.origin;
}

/** A URL that the service named, when it is on `origin`; otherwise the one built from `path`. The key goes to it. */
export function urlOnOrigin(named: string | undefined, origin: string, path: string): string {
  const url = named ? urlOf(named, origin) : null; // an empty one would be the home page
  if (url === null || url.origin !== origin || url.username || url.password) return origin + path;
  return url.href;
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.process(address); // unwraps ::ffff:a.b.c.d
  if (parsed instanceof ipaddr.IPv6 && parsed.match(NAT64)) return new ipaddr.IPv4(parsed.toByteArray().slice(12));
  return parsed;
}

function unbracket(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
