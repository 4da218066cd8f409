import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { filesType } from '../../../src/resources/files/index.ts';
import { entriesOf, putBack, take } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { valueOf } from '../../support/results.ts';
import { digestTree } from '../../support/tree-digest.ts';

type Maker = (root: string) => void;

const LONG_NAME = 'n'.repeat(255);

function file(root: string, name: string | Buffer, content = 'content'): Buffer {
  const path = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]);
  writeFileSync(path, content);
  return path;
}

const oddities: Readonly<Record<string, Maker>> = {
  'plain files and directories': (root) => {
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    file(root, 'a/b/c/deep');
    file(root, 'a-before-a-slash');
    file(root, 'empty', '');
  },
  'names that are no UTF-8': (root) => {
    file(root, Buffer.from([0xff, 0x20, 0xc3, 0xa9]));
    file(root, Buffer.from('latin-\xe9', 'latin1'));
    mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xfe])]));
  },
  'names with control characters': (root) => {
    for (const name of [
      'new\nline',
      'tab\there',
      'esc\u001b[31m',
      'bell\u0007',
      'back\\slash',
      '\\n',
      'quo"te',
    ]) {
      file(root, name);
    }
  },
  'names that look like options': (root) => {
    const names = [
      '-x',
      '--checkpoint=1',
      '--checkpoint-action=exec=touch pwned',
      '-',
      '--',
      '@list',
      '*',
      '[a]',
    ];
    for (const name of names) file(root, name);
  },
  'names with spaces at their ends and composed or decomposed letters': (root) => {
    for (const name of [' ', ' a ', 'e\u0301', '\u00e9', '\u202egnp.exe', '\ufeffbom']) file(root, name);
  },
  'names of 255 bytes and paths beyond 255': (root) => {
    mkdirSync(join(root, LONG_NAME, LONG_NAME), { recursive: true });
    file(root, join(LONG_NAME, LONG_NAME, LONG_NAME));
    symlinkSync('t'.repeat(300), join(root, 'long-target'));
  },
  'hard links across directories': (root) => {
    mkdirSync(join(root, 'a'));
    mkdirSync(join(root, 'z'));
    file(root, 'z/first');
    linkSync(join(root, 'z/first'), join(root, 'a/second'));
    linkSync(join(root, 'z/first'), join(root, 'm'));
    symlinkSync('nowhere', join(root, 'soft'));
    linkSync(join(root, 'soft'), join(root, 'soft-again'));
  },
  'links that dangle, loop and point outside': (root) => {
    symlinkSync('/etc/passwd', join(root, 'absolute'));
    symlinkSync('../../..', join(root, 'up'));
    symlinkSync('missing', join(root, 'dangling'));
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('.', join(root, 'self'));
    execFileSync('ln', ['-s', '--', Buffer.from('\xff\xfe', 'latin1').toString('latin1'), join(root, 'odd')]);
  },
  fifos: (root) => {
    execFileSync('mkfifo', ['-m', '640', join(root, 'pipe')]);
  },
  'times before 1970, after 2038 and to the nanosecond': (root) => {
    for (const time of [
      '1960-01-02T03:04:05.123456789Z',
      '2040-06-07T08:09:10.987654321Z',
      '1970-01-01T00:00:00Z',
    ]) {
      execFileSync('touch', ['-d', time, String(file(root, time))]);
    }
    mkdirSync(join(root, 'old'));
    execFileSync('touch', ['-d', '1999-12-31T23:59:59.999999999Z', join(root, 'old')]);
    symlinkSync('x', join(root, 'link'));
    lutimesSync(join(root, 'link'), 1, 2);
  },
  modes: (root) => {
    for (const mode of [0o4755, 0o2755, 0o1777, 0o0000, 0o0444]) {
      execFileSync('chmod', [mode.toString(8), String(file(root, mode.toString(8)))]);
    }
    mkdirSync(join(root, 'closed/inner'), { recursive: true });
    file(root, 'closed/inner/file');
    execFileSync('chmod', ['0555', join(root, 'closed')]);
    execFileSync('chmod', ['3770', join(root, 'closed/inner')]);
  },
};

const privileged: Readonly<Record<string, Maker>> = {
  'owners that no account has': (root) => {
    execFileSync('chown', ['3000000000:12345', String(file(root, 'foreign'))]);
    symlinkSync('x', join(root, 'link'));
    execFileSync('chown', ['-h', '4242:4343', join(root, 'link')]);
  },
  devices: (root) => {
    execFileSync('mknod', [join(root, 'null'), 'c', '1', '3']);
    execFileSync('mknod', [join(root, 'disk'), 'b', '7', '200']);
  },
  'extended attributes, ACLs and capabilities': (root) => {
    execFileSync('setfattr', ['-n', 'user.comment', '-v', 'a\nb', String(file(root, 'attributes'))]);
    execFileSync('setfattr', ['-n', 'trusted.secret', '-v', 'x', join(root, 'attributes')]);
    execFileSync('setfacl', ['-m', 'u:1234:rw,g:99:r', String(file(root, 'acl'))]);
    execFileSync('setcap', ['cap_net_raw+ep', String(file(root, 'capable'))]);
    mkdirSync(join(root, 'shared'));
    execFileSync('setfacl', ['-m', 'd:u:1234:rwx,u:55:rx', join(root, 'shared')]);
    file(root, 'shared/inside');
  },
};

async function tree(make: Maker): Promise<string> {
  const root = join(await temporaryFolder(), 'tree');
  mkdirSync(root);
  file(root, 'always-there');
  make(root);
  return root;
}

async function roundTrip(root: string): Promise<string> {
  const taken = valueOf(await take(filesType, { paths: [root] }));
  const { staging, result } = await putBack(filesType, [taken]);
  expect(valueOf(result).warnings).toEqual([]);
  return join(staging, root);
}

describe.skipIf(lacks('tar', 'setfattr'))('a full capture and its restore keep', () => {
  test.each(Object.entries(oddities))('%s', async (_, make) => {
    const root = await tree(make);
    const before = digestTree(root);
    expect(digestTree(await roundTrip(root))).toEqual(before);
    expect(digestTree(root)).toEqual(before);
  });
});

describe.skipIf(lacks('tar', 'setfattr', 'setfacl', 'setcap') || lacksAbility('root'))(
  'as root, a full capture and its restore keep',
  () => {
    test.each(Object.entries(privileged))('%s', async (_, make) => {
      const root = await tree(make);
      expect(digestTree(await roundTrip(root))).toEqual(digestTree(root));
    });
  },
);

describe.skipIf(lacks('tar'))('a full capture', () => {
  test('keeps the holes of a sparse file, with a small archive', async () => {
    const root = await tree((folder) => {
      file(folder, 'sparse', 'x'.repeat(1 << 20));
      truncateSync(join(folder, 'sparse'), 2 ** 40);
    });
    const taken = valueOf(await take(filesType, { paths: [root] }));
    expect(taken.evidence.rawBytes).toBeLessThan(1.2 * 2 ** 20);
    expect(statSync(taken.file).size).toBe(taken.evidence.rawBytes);
    const { staging, result } = await putBack(filesType, [taken]);
    expect(valueOf(result).bytes).toBeGreaterThan(2 ** 40);
    const restored = lstatSync(join(staging, root, 'sparse'));
    expect(restored.size).toBe(2 ** 40);
    expect(restored.blocks * 512).toBeLessThan(3 * 2 ** 20);
  });

  test('lists a socket and stores nothing of it', async () => {
    const root = await tree(() => undefined);
    const server = createServer().listen(join(root, 'socket'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const taken = valueOf(await take(filesType, { paths: [root] }));
    const entry = (await entriesOf(taken)).get(`${root.slice(1)}/socket`);
    expect(entry).toMatchObject({ type: 'socket', stored: false });
    expect(taken.summary.log).toEqual([`socket ${root.slice(1)}/socket`]);
    expect(taken.evidence.skipped).toEqual(['1 file listed but not stored: sockets have no content']);
    const { staging, result } = await putBack(filesType, [taken]);
    expect(valueOf(result).warnings).toEqual(['1 entries are listed but were not stored or cannot be made']);
    expect(readdirSync(join(staging, root))).toEqual(['always-there']);
  });

  test('sorts its index by path bytes, a directory as if its name ended with a slash', async () => {
    const root = await tree((folder) => {
      for (const name of ['a', 'a-b', 'ab', 'a.d']) mkdirSync(join(folder, name));
      for (const name of [
        'a/x',
        'a-',
        'a-b/x',
        'a!',
        'a0',
        'a.d/x',
        'ab/x',
        '\u00e9',
        '\uffee',
        '\u{1f600}',
      ]) {
        file(folder, name);
      }
    });
    const taken = valueOf(await take(filesType, { paths: [root] }));
    const paths = [...(await entriesOf(taken)).keys()].map((path) => Buffer.from(path));
    expect(paths).toHaveLength(16);
    expect(paths).toEqual([...paths].sort((a, b) => a.compare(b)));
  });

  test('names nothing in what goes into the unencrypted record', async () => {
    const root = await tree((folder) => void file(folder, 'very-secret-name'));
    const { evidence, summary } = valueOf(await take(filesType, { paths: [root] }));
    expect(JSON.stringify([evidence, summary.warnings])).not.toContain('secret');
    expect(evidence).toMatchObject({ tool: 'tar', exitCode: 0, completion: 'tar --totals', warnings: [] });
  });

  test('goes 900 directories deep', async () => {
    const root = await tree((folder) => {
      mkdirSync(join(folder, ...Array.from({ length: 900 }, () => 'd')), { recursive: true });
      utimesSync(folder, 1, 1);
    });
    expect(digestTree(await roundTrip(root))).toEqual(digestTree(root));
  });
});
