import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { refuseAddress } from './address-rules.ts';

/** Thrown into a socket whose name leads to an address that may not be connected to. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

export type Resolve = (
  hostname: string,
  done: (error: Error | null, addresses: readonly LookupAddress[] | undefined) => void,
) => void;

const resolveAll: Resolve = (hostname, done) => {
  lookup(hostname, { all: true }, done);
};

/**
 * A `lookup` for sockets. What it answers is what is connected to, so a name that resolves to another
 * address a moment later cannot slip past. One refused address among several refuses all.
 */
export function guardedLookup(allowPrivate: boolean, resolve: Resolve = resolveAll): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses = []) => {
      const first = addresses[0];
      if (error !== null || first === undefined) {
        callback(error ?? new AddressRefused('has no address'), '');
        return;
      }
      const refusal = addresses
        .map(({ address }) => refuseAddress(address, allowPrivate))
        .find((reason) => reason !== undefined);
      if (refusal !== undefined) callback(new AddressRefused(refusal), '');
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}
