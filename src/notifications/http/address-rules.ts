import ipaddr from 'ipaddr.js';

/** Ranges of a team's own network, which a receiver may live in when the plan says so. */
const INTERNAL: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

/** Metadata services of clouds, which hand out credentials, outside the link-local range. */
const METADATA: ReadonlySet<string> = new Set(['fd00:ec2::254', '100.100.100.200', '168.63.129.16']);

/**
 * Why no connection may be made to an address, or undefined where it may. Link-local addresses, and
 * with them the metadata services of clouds, are refused whatever the plan says.
 */
export function refuseAddress(address: string, allowPrivate: boolean): string | undefined {
  if (!ipaddr.isValid(address)) return 'is not an IP address';
  // `process` unwraps ::ffff:127.0.0.1, so that it is judged as what the kernel connects to.
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (METADATA.has(parsed.toString())) return 'is a metadata service';
  if (range === 'unicast') return isGlobal(parsed) ? undefined : 'is a reserved address';
  if (!INTERNAL.has(range)) return `is a ${range} address`;
  return allowPrivate ? undefined : `is a ${range} address`;
}

/** What the registries have given out of IPv6; ::7f00:1 and other old forms lie outside. */
function isGlobal(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.kind() === 'ipv4' || address.match(ipaddr.parseCIDR('2000::/3'));
}
