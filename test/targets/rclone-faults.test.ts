import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAILURE_KINDS } from '../../src/domain/failure.ts';
import type { StoreNote, Target } from '../../src/domain/target.ts';
import { lyingRclone } from '../support/lying-rclone.ts';
import { stageFile } from '../support/filesystem-place.ts';
import { createRemotes, type Remotes } from '../support/rclone-remotes.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';

const KEY = 'acme/data/files/x.gpg';
/** What rclone says of a folder, as if it were a bucket that tells no hash. */
const AS_BUCKET = `real "$@" | sed 's/"Move": true/"Move": false/; s/"BucketBased": false/"BucketBased": true/'`;
const WITHOUT_HASHES = `real "$@" | tr -d '\\n' | sed 's/"Hashes": *[[][^]]*[]]/"Hashes": []/'`;

describe.skipIf(lacks('rclone'))('an rclone that lies', { timeout: 60_000 }, () => {
  let remotes: Remotes;
  let path: string;
  beforeEach(async () => {
    remotes = await createRemotes({ disk: { type: 'local' } });
    path = join(remotes.folder, 'backups');
    await mkdir(path);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await remotes.remove();
  });
  const opened = async (rest: Readonly<Record<string, string>> = {}): Promise<Target> => {
    const target = remotes.connect(`disk:${path}`, rest);
    valueOf(await target.open());
    return target;
  };
  const staged = (bytes = randomBytes(100_000)) => stageFile(join(remotes.folder, 'staged'), bytes);

  const DAMAGES = {
    'cut by a byte': 'truncate -s -1 "$last"',
    empty: 'truncate -s 0 "$last"',
    'of the same size with a wrong byte':
      'printf "\\000\\001" | dd of="$last" bs=1 seek=50 conv=notrunc 2>/dev/null',
    gone: 'rm "$last"',
  };
  for (const [what, damage] of Object.entries(DAMAGES)) {
    it.each([{}, { check: 'content' }])(
      `and leaves an object ${what} fails, and nothing appears %j`,
      async (rest) => {
        await lyingRclone(remotes.folder, `copyto) real "$@"; ${damage} ;;`);
        const target = await opened(rest);
        expect(failureIn(await target.upload(KEY, await staged()))).toMatchObject({ code: 'CORRUPT' });
        expect(failureIn(await target.create(KEY, randomBytes(1000)))).toMatchObject({ code: 'CORRUPT' });
        await target.close();
        expect(await readdir(path, { recursive: true })).toEqual(['tmp']);
      },
    );

    it(`and leaves an object ${what} in a bucket is never believed`, async () => {
      await lyingRclone(remotes.folder, `copyto) real "$@"; ${damage} ;;\nbackend) ${AS_BUCKET} ;;`);
      const target = await opened();
      expect(failureIn(await target.upload(KEY, await staged()))).toMatchObject({ code: 'CORRUPT' });
      const created = await target.create('acme/a.json', randomBytes(1000));
      expect(created).toEqual({ ok: true, value: 'exists' });
    });
  }

  it.each([
    [1, 'TARGET_IO'],
    [2, 'TARGET_IO'],
    [3, 'NOT_FOUND'],
    [4, 'NOT_FOUND'],
    [5, 'TARGET_UNREACHABLE'],
    [6, 'TARGET_DENIED'],
    [7, 'TARGET_DENIED'],
    [8, 'TARGET_FULL'],
    [9, 'TARGET_IO'],
    [10, 'TARGET_TIMEOUT'],
  ] as const)('ends with exit code %i, which is %s', async (exit, code) => {
    await lyingRclone(remotes.folder, `copyto) exit ${String(exit)} ;;`);
    const target = await opened();
    const why = failureIn(await target.upload(KEY, await staged()));
    expect(why).toMatchObject({ code, facts: { exitCode: exit } });
    expect(FAILURE_KINDS[why.code].retryable).toBe([1, 2, 5, 9, 10].includes(exit));
  });

  it.each([
    ['no space left on device', 1, 'TARGET_FULL'],
    ['AccessDenied: Access Denied', 1, 'TARGET_DENIED'],
    ['InvalidAccessKeyId: status code: 403', 1, 'TARGET_AUTH'],
    ["couldn't connect SSH: knownhosts: key mismatch", 1, 'TARGET_UNTRUSTED'],
    ['dial tcp 127.0.0.1:9: connect: connection refused', 1, 'TARGET_UNREACHABLE'],
    ['dial tcp 127.0.0.1:9: connect: connection refused', 7, 'TARGET_DENIED'],
    ['403 Forbidden: user rate limit exceeded', 5, 'TARGET_UNREACHABLE'],
    ['unknown flag: --stat', 1, 'TOOL_OUTPUT'],
  ] as const)('that says "%s" with exit code %i means %s', async (text, exit, code) => {
    await lyingRclone(remotes.folder, `cat|lsjson) echo "${text}" >&2; exit ${String(exit)} ;;`);
    const why = failureIn(await remotes.connect(`disk:${path}`).open());
    expect(why).toMatchObject({ code });
    expect(why.toolOutput).toContain(text);
  });

  it.each([
    ['empty', 'true'],
    ['cut', 'real "$@" | head -c -3'],
    ['no list', 'echo "{}"'],
    ['a list of nonsense', 'echo "[{}]"'],
    ['without a size', 'real "$@" | sed s/Size/Length/'],
  ])('lists what is %s with exit code 0: a failure, never an empty place', async (_, command) => {
    valueOf(await (await opened()).create(KEY, Buffer.from('x')));
    await lyingRclone(
      remotes.folder,
      `lsjson) case "$*" in *--recursive*) ${command} ;; *) real "$@" ;; esac ;;`,
    );
    const target = await opened();
    for (const prefix of ['', 'acme/'])
      expect(failureIn(await target.list(prefix))).toMatchObject({ code: 'TARGET_IO' });
  });

  it('says that something is absent only while its place is there', async () => {
    const target = await opened();
    await lyingRclone(remotes.folder, 'lsjson) echo "directory not found" >&2; exit 3 ;;');
    for (const result of [await target.stat(KEY), await target.list('acme/'), await target.get(KEY, 1)])
      expect(failureIn(result)).toMatchObject({ code: 'TARGET_UNREACHABLE' });
    expect(failureIn(await target.upload(KEY, await staged()))).toMatchObject({ code: 'TARGET_UNREACHABLE' });
  });

  it('breaks off in the middle of an object', async () => {
    const bytes = randomBytes(300_000);
    valueOf(await (await opened()).create(KEY, bytes));
    await lyingRclone(remotes.folder, 'cat) real "$@" | head -c 200000 ;;');
    const target = await opened();
    const read = valueOf(await target.read(KEY));
    let got = 0;
    for await (const chunk of read.bytes) got += chunk.length;
    expect(got).toBe(200_000);
    expect(read.failure()).toMatchObject({ code: 'TRUNCATED' });
    expect(failureIn(await target.get(KEY, 300_000))).toMatchObject({ code: 'TRUNCATED' });
  });

  it('tells no hashes, so that everything is read back, and doctor says so', async () => {
    const log = await lyingRclone(remotes.folder, `backend) ${WITHOUT_HASHES} ;;`);
    const target = await opened();
    expect(valueOf(await target.upload(KEY, await staged()))).toBe('created');
    expect((await log.runs()).filter((run) => / cat /.test(run))).toHaveLength(1);
    const notes = await notesOn(target);
    expect(notes).toContainEqual(expect.objectContaining({ topic: 'upload check', state: 'warning' }));
  });

  it('has two objects of one name, of which the first counts, and doctor says so', async () => {
    valueOf(await (await opened()).create('acme/a.json', Buffer.from('x')));
    const twice = `[{"Path":"a","Size":2,"ModTime":"2026-02-01T00:00:00Z","IsDir":false},
      {"Path":"a","Size":1,"ModTime":"2026-01-01T00:00:00Z","IsDir":false}]`;
    await lyingRclone(
      remotes.folder,
      `lsjson) case "$*" in *--recursive*) echo '${twice}' ;; *) real "$@" ;; esac ;;
      backend) real "$@" | sed 's/"DuplicateFiles": false/"DuplicateFiles": true/' ;;`,
    );
    const target = await opened();
    expect(valueOf(await target.list(''))).toEqual([{ key: 'a', size: 1, modifiedMs: Date.UTC(2026, 0, 1) }]);
    const notes = await notesOn(target);
    expect(notes).toContainEqual(expect.objectContaining({ topic: 'duplicate names', state: 'warning' }));
  });

  it('finds the name taken at the last moment, and leaves it to whoever has it', async () => {
    const sneaks = 'moveto) mkdir -p "${last%/*}"; echo theirs > "$last"; real "$@" ;;';
    await lyingRclone(remotes.folder, sneaks);
    const target = await opened();
    expect(valueOf(await target.upload(KEY, await staged()))).toBe('exists');
    expect(valueOf(await target.get(KEY, 100))?.toString()).toBe('theirs\n');
    expect(valueOf(await target.list('tmp/'))).toEqual([]);
  });

  it('is refused where others can read its configuration, and where it has no such remote', async () => {
    expect(failureIn(await remotes.connect('other:x').open())).toMatchObject({
      code: 'TARGET_DENIED',
      message: 'rclone has no remote other:',
    });
    await chmod(remotes.config, 0o644);
    expect(failureIn(await remotes.connect(`disk:${path}`).open())).toMatchObject({
      code: 'SECRET_UNREADABLE',
      hint: `Run chmod 600 ${remotes.config}.`,
    });
  });
});

async function notesOn(target: Target): Promise<readonly StoreNote[]> {
  const notes = await target.examine?.();
  if (notes === undefined) throw new Error('the target can be examined');
  return valueOf(notes);
}
