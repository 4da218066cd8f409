import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ok } from '../../src/domain/result.ts';
import { digestStaged } from '../../src/targets/rclone/digests.ts';
import { rclone } from '../../src/targets/rclone/index.ts';
import { stageFile } from '../support/filesystem-place.ts';
import { lyingRclone } from '../support/lying-rclone.ts';
import { temporaryFolder } from '../support/plain-snapshot.ts';
import { createRemotes } from '../support/rclone-remotes.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { targetContext } from '../support/target-context.ts';

/** A local remote called disk, encrypted by rclone with the password "correct horse". */
const ENCRYPTED = `# Encrypted rclone configuration File

RCLONE_ENCRYPT_V0:
gJtqDW3PIbY1NjETcnxemUj6LX8C+frCwZns1O78NNY92LeQJS9eWZafb37ZNHw21XsBshnNcoadp41dxA==`;

const { properties } = rclone.optionsSchema as { properties: { remote: { pattern: string } } };
const remote = new RegExp(properties.remote.pattern, 'u');

describe('the remote of an rclone target', () => {
  it.each(['gcs:campfire-backups-prod', 'drive:', 'a-b_c.d@e+f:/srv/x y', 's3:bucket/a:b', 'x:..a/b..'])(
    'may be %s',
    (text) => {
      expect(remote.test(text)).toBe(true);
    },
  );

  it.each([
    ':sftp,ssh=touch p:',
    ':local:/srv',
    'a,b=c:',
    'gcs,endpoint="x":bucket',
    '-x',
    '--config=x:y',
    '/srv/backups',
    'backups',
    '',
    'gcs:a/../b',
    'gcs:..',
    'gcs:a\nb',
    'g cs:x',
    '${X}:y',
  ])('is refused as %j', (text) => {
    expect(remote.test(text)).toBe(false);
  });
});

describe.skipIf(lacks('rclone'))('rclone is called', { timeout: 60_000 }, () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('with secrets in its environment alone, and with remotes of the environment', async () => {
    const folder = await temporaryFolder();
    const log = await lyingRclone(folder, `listremotes) env > ${folder}/env; real "$@" ;;`);
    const environment = {
      HOME: folder,
      RCLONE_CONFIG_DISK_TYPE: 'local',
      RCLONE_CONFIG_DISK_SECRET_TOKEN: 'canary-token',
      RCLONE_DRY_RUN: 'true',
      UNRELATED_SECRET: 'canary-other',
    };
    const options = { remote: `disk:${folder}/backups`, configPassword: 'conf' };
    const secrets = { read: () => Promise.resolve(ok('canary-password')) };
    const target = rclone.create(targetContext(options, { environment, secrets }));
    valueOf(await target.prepare());
    valueOf(await target.create('a', Buffer.from('x')));
    expect((await log.runs()).join('\n')).not.toContain('canary');
    const seen = await readFile(join(folder, 'env'), 'utf8');
    expect(seen).toContain('RCLONE_CONFIG_PASS=canary-password');
    expect(seen).toContain('RCLONE_CONFIG_DISK_SECRET_TOKEN=canary-token');
    expect(seen).not.toMatch(/RCLONE_DRY_RUN|canary-other/);
  });

  it('with the password of an encrypted configuration, and not without', async () => {
    const remotes = await createRemotes({ disk: { type: 'local' } });
    await writeFile(remotes.config, ENCRYPTED);
    const connect = (password: string) =>
      rclone.create(
        targetContext(
          { remote: `disk:${remotes.folder}`, config: remotes.config, configPassword: 'conf' },
          { secrets: { read: () => Promise.resolve(ok(password)) } },
        ),
      );
    valueOf(await connect('correct horse').open());
    const refused = failureIn(await connect('wrong staple').open());
    expect(refused.code).toBe('TARGET_AUTH');
    expect(JSON.stringify(refused)).not.toContain('staple');
    expect(failureIn(await remotes.connect(`disk:${remotes.folder}`).open()).code).toBe('TARGET_AUTH');
    await remotes.remove();
  });

  it.each(['sha256', 'sha1', 'md5', 'dropbox'] as const)('and computes the same %s', async (type) => {
    const folder = await temporaryFolder();
    for (const size of [0, 1, 4_194_304, 9_000_001]) {
      const file = await stageFile(join(folder, 'staged'), randomBytes(size));
      const printed = execFileSync('rclone', ['--config=', 'hashsum', type, file.path], { encoding: 'utf8' });
      expect(valueOf(await digestStaged(file, type, undefined))).toBe(printed.split(' ')[0]);
    }
  });
});
