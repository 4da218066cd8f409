import { describe, expect, it } from 'vitest';
import { failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import type { ObjectUpload } from '../../src/domain/target.ts';
import { OpenUploads } from '../../src/steps/open-uploads.ts';

const EXPECTED = { bytes: 0, sha256: 'e3b0' };

function counted(finished: Result<'created' | 'exists'>): { upload: ObjectUpload; calls: string[] } {
  const calls: string[] = [];
  const upload: ObjectUpload = {
    write: () => Promise.resolve(ok()),
    finish: () => {
      calls.push('finish');
      return Promise.resolve(finished);
    },
    abort: () => {
      calls.push('abort');
      return Promise.resolve();
    },
  };
  return { upload, calls };
}

describe('uploads that one step begins and another ends', () => {
  it('are finished once, however often they are asked', async () => {
    const lost = failed(failure('TARGET_UNREACHABLE', 'the reply was lost'));
    const { upload, calls } = counted(lost);
    const uploads = new OpenUploads();
    const tracked = uploads.track(upload);
    expect(await tracked.finish(EXPECTED)).toBe(lost);
    expect(await tracked.finish(EXPECTED)).toBe(lost);
    await tracked.abort();
    await uploads.abortAll();
    expect(calls).toEqual(['finish']);
  });

  it('are aborted with the run where nobody came to end them', async () => {
    const [left, ended] = [counted(ok('created')), counted(ok('created'))];
    const uploads = new OpenUploads();
    uploads.track(left.upload);
    await uploads.track(ended.upload).finish(EXPECTED);
    await uploads.abortAll();
    expect([left.calls, ended.calls]).toEqual([['abort'], ['finish']]);
  });
});
