import { describe, expect, it } from 'vitest';
import { createProgressView, type ProgressView } from '../../src/views/restore/progress.ts';
import { manualTime, type ManualTime } from '../support/manual-time.ts';

function start(isTTY: boolean): { time: ManualTime; view: ProgressView; written: string[] } {
  const time = manualTime();
  const written: string[] = [];
  const stderr = { write: (text: string) => written.push(text) };
  return { time, written, view: createProgressView({ stderr, isTTY, timers: time.timers }) };
}

describe('the progress of a restore', () => {
  it('is a line every 30 s where there is no terminal', () => {
    const { time, view, written } = start(false);
    view.onProgress({ resource: 'uploads', bytes: 1024, totalBytes: 4096 });
    time.advance(29_999);
    expect(written).toEqual([]);
    view.onProgress({ resource: 'uploads', bytes: 2048, totalBytes: 4096 });
    time.advance(1);
    expect(written).toEqual(['uploads: 2.0 KiB of 4.0 KiB read\n']);
    time.advance(60_000);
    expect(written).toHaveLength(1);
  });

  it('stays in one line on a terminal, and makes room for others', () => {
    const { time, view, written } = start(true);
    view.onProgress({ resource: 'a', bytes: 1, totalBytes: 2 });
    view.onProgress({ resource: 'b', bytes: 5, totalBytes: 2 });
    time.advance(200);
    expect(written).toEqual(['a: 1 B of 2 B read, b: 2 B of 2 B read']);
    view.clear();
    expect(written.at(-1)).toBe('\r\u001b[2K');
    view.clear();
    expect(written).toHaveLength(2);
  });

  it('says nothing once it is closed', () => {
    const { time, view, written } = start(false);
    view.onProgress({ resource: 'a', bytes: 1, totalBytes: 2 });
    view.close();
    time.advance(60_000);
    expect(written).toEqual([]);
    expect(time.pending()).toEqual([]);
  });
});
