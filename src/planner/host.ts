/**
 * Whether a resource belongs to a machine: it names no host, or this one. A name without a domain
 * means any machine with that first label.
 */
export function belongsTo(hosts: readonly string[], host: string): boolean {
  const full = host.toLowerCase();
  const label = full.split('.')[0];
  return (
    hosts.length === 0 || hosts.some((name) => name.toLowerCase() === full || name.toLowerCase() === label)
  );
}
