import { closeSync } from 'node:fs';

/** File descriptors that this process still has to close. */
export interface Descriptors {
  own(fd: number): number;
  /** Somebody else closes it from now on. */
  give(fd: number): number;
  close(fd: number): void;
  closeAll(): void;
}

export function createDescriptors(): Descriptors {
  const open = new Set<number>();
  const close = (fd: number) => {
    if (open.delete(fd)) closeSync(fd);
  };
  return {
    own(fd) {
      open.add(fd);
      return fd;
    },
    give(fd) {
      open.delete(fd);
      return fd;
    },
    close,
    closeAll() {
      for (const fd of [...open]) close(fd);
    },
  };
}
