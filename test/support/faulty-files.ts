import type { FileHandle } from 'node:fs/promises';
import { realFiles, type FileLayer } from '../../src/targets/filesystem/file-layer.ts';

/** One call to the operating system; handles report theirs as `write`, `sync`, `close` … */
export interface FileCall {
  readonly operation: string;
  readonly path: string;
}

export interface FileFault {
  /** Thrown instead of the call, or after it took effect. */
  (call: FileCall): { readonly error: Error; readonly moment: 'before' | 'after' } | undefined;
}

/** The real file system, with a chance to fail before or after every call. */
export function faultyFiles(fault: FileFault): FileLayer {
  const guard = async <T>(call: FileCall, work: () => Promise<T>): Promise<T> => {
    const hit = fault(call);
    // A close that fails has closed all the same.
    if (hit?.moment === 'before' && call.operation !== 'close') throw hit.error;
    const value = await work();
    if (hit !== undefined) throw hit.error;
    return value;
  };
  const wrapHandle = (handle: FileHandle, path: string): FileHandle =>
    wrap(handle, (operation) => ({ operation, path }), guard);
  const layer = wrap(realFiles, (operation, args) => ({ operation, path: String(args[0]) }), guard);
  const open = async (...args: Parameters<FileLayer['open']>): Promise<FileHandle> => {
    const path = String(args[0]);
    let handle: FileHandle | undefined;
    try {
      await guard({ operation: 'open', path }, async () => {
        handle = await realFiles.open(...args);
      });
    } catch (error) {
      await handle?.close();
      throw error;
    }
    if (handle === undefined) throw new Error('not opened');
    return wrapHandle(handle, path);
  };
  return new Proxy(layer, {
    get: (inner, name) => (name === 'open' ? open : (Reflect.get(inner, name) as unknown)),
  });
}

export function errnoError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** As on vfat. */
export const withoutLinks: FileFault = ({ operation }) =>
  operation === 'link' ? { error: errnoError('EPERM'), moment: 'before' } : undefined;

type Guard = <T>(call: FileCall, work: () => Promise<T>) => Promise<T>;

function wrap<T extends object>(
  inner: T,
  callOf: (operation: string, args: readonly unknown[]) => FileCall,
  guard: Guard,
): T {
  return new Proxy(inner, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return (...args: unknown[]) =>
        guard(callOf(name, args), () => Reflect.apply(value, target, args) as Promise<unknown>);
    },
  });
}
