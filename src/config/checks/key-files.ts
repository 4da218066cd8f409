import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isInside } from '../includes.ts';
import { at, entriesAt, textOf } from '../source/tree.ts';
import { find, itemsOf, type CheckContext, type Found } from './context.ts';

const ROLES = ['write', 'apply', 'prune'];

/** Enough of a key file to tell what it is. */
const HEAD_BYTES = 4096;

/** Public keys must be files at hand; private ones must be guarded. */
export async function checkKeyFiles(context: CheckContext): Promise<void> {
  for (const [name] of entriesAt(context.tree, ['encryption'])) await checkProfile(context, name);
  checkRoles(context);
  for (const [name] of entriesAt(context.tree, ['signing', 'keys'])) {
    const key = find(context.tree, ['signing', 'keys', name, 'key']);
    if (key !== undefined) await checkPublicKey(context, key, 'signing key');
    checkUntil(context, ['signing', 'keys', name, 'until']);
  }
  await checkSecretFiles(context);
}

async function checkProfile(context: CheckContext, name: string): Promise<void> {
  const recipients = find(context.tree, ['encryption', name, 'recipients']);
  if (recipients === undefined) return;
  const items = itemsOf(recipients);
  for (const item of items) await checkRecipient(context, item);
  if (items.length !== 1) return;
  const help = 'Add a second key that is kept offline; with one key, losing it loses every backup.';
  context.report.warning(
    'BP2002',
    `encryption profile "${name}" has only one recipient`,
    recipients.tree.place,
    { path: recipients.path, help },
  );
}

async function checkRecipient(context: CheckContext, found: Found): Promise<void> {
  const text = textOf(found.tree) ?? '';
  if (!/^[^/\s]+@[^/\s]+\.[^/\s]+$/.test(text) && !/^(0x)?[0-9A-F]{8,40}$/i.test(text)) {
    await checkPublicKey(context, found, 'recipient');
    return;
  }
  const help =
    'Export the key into a file beside the plan: gpg --armor --export KEY > keys/name.asc. A name could be looked up on a network by whoever answers first.';
  context.report.error('BP1311', `recipient "${text}" is not a key file`, found.tree.place, {
    path: found.path,
    help,
  });
}

async function checkPublicKey(
  { directory, report, unknown }: CheckContext,
  { tree, path }: Found,
  noun: string,
): Promise<void> {
  const name = textOf(tree);
  if (name === undefined || name === '' || unknown.has(tree)) return;
  const head = await readHead(resolve(directory, name));
  if (head === undefined) {
    const help = 'Relative paths start at the folder of the plan.';
    report.error(
      noun === 'recipient' ? 'BP1312' : 'BP1313',
      `${noun} "${name}" is not a file that can be read`,
      tree.place,
      { path, help },
    );
  } else if (head.includes('PRIVATE KEY BLOCK') || isPrivatePacket(head)) {
    const help = 'Put the public key here, and if this file was ever committed, replace the key.';
    report.error('BP1314', `${noun} "${name}" holds a private key`, tree.place, { path, help });
  }
}

/** A binary OpenPGP file that starts with a secret-key packet (tag 5). */
function isPrivatePacket(head: Buffer): boolean {
  const first = head[0] ?? 0;
  return first === 0xc5 || (first & 0xfc) === 0x94;
}

async function readHead(path: string): Promise<Buffer | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

function checkRoles(context: CheckContext): void {
  const { tree, report } = context;
  const keys = find(tree, ['signing', 'keys']);
  if (keys === undefined || entriesAt(tree, keys.path).length === 0) return;
  const roles = entriesAt(tree, keys.path).flatMap(([name]) => {
    const may = find(tree, [...keys.path, name, 'may']);
    return may === undefined ? [] : itemsOf(may).map((item) => textOf(item.tree));
  });
  const isMistyped = roles.some((role) => role === undefined || !ROLES.includes(role));
  for (const role of isMistyped ? [] : ['write', 'apply']) {
    if (roles.includes(role)) continue;
    const help = `Give one of the keys \`may: [${role}]\`; without it nothing that a run records would be trusted.`;
    report.error('BP1319', `no signing key may ${role}`, keys.tree.place, { path: keys.path, help });
  }
  if (!isMistyped && !roles.includes('prune')) warnOfNoPrune(context, keys);
}

function warnOfNoPrune({ tree, report }: CheckContext, { tree: { place }, path }: Found): void {
  const targets = entriesAt(tree, ['targets']).map(([name]) => textOf(at(tree, ['targets', name, 'prune'])));
  const isSeparate = targets.length > 0 && targets.every((prune) => prune === 'separate');
  const help = isSeparate
    ? 'Pin the key of the machine that prunes, with `may: [prune]`.'
    : 'Give a key `may: [prune]`: the one of this machine, or with `prune: separate` one that lies elsewhere.';
  const message = 'no signing key may prune, so nothing that retention releases is ever deleted';
  report.warning('BP2012', message, place, { path, help });
}

function checkUntil({ tree, report, nowMs }: CheckContext, path: Found['path']): void {
  const found = find(tree, path);
  const day = textOf(found?.tree);
  const untilMs = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
  if (found === undefined || !(untilMs <= nowMs)) return;
  const help = 'Records that it signs are refused. Pin a new key, or remove this one.';
  report.warning('BP2007', `this signing key stopped being trusted on ${day ?? ''}`, found.tree.place, {
    path,
    help,
  });
}

/** Files that hold secrets, where they are on this machine. */
async function checkSecretFiles(context: CheckContext): Promise<void> {
  const { tree } = context;
  const secrets = entriesAt(tree, ['secrets']).map(([name]) => ['secrets', name, 'file']);
  const profiles = entriesAt(tree, ['encryption']).map(([name]) => [
    'encryption',
    name,
    'privateKey',
    'file',
  ]);
  for (const path of [...secrets, ...profiles, ['signing', 'use', 'file']]) {
    const found = find(tree, path);
    if (found !== undefined) await checkSecretFile(context, found, path[0] !== 'secrets');
  }
}

async function checkSecretFile(
  { directory, report, unknown }: CheckContext,
  { tree, path }: Found,
  isKey: boolean,
): Promise<void> {
  const name = textOf(tree);
  if (name === undefined || unknown.has(tree)) return;
  const absolute = resolve(directory, name);
  const facts = await stat(absolute).catch(() => undefined);
  if (facts?.isFile() !== true) return;
  if ((facts.mode & 0o077) !== 0) {
    const help = `Run: chmod 600 ${name}. A run refuses a secret that others may read.`;
    report.warning(
      'BP2008',
      `"${name}" is open to others (mode ${(facts.mode & 0o777).toString(8).padStart(4, '0')})`,
      tree.place,
      { path, help },
    );
  }
  if (isKey && isInside(directory, absolute)) {
    const help = 'Keep it outside the folder of the plan, so that it is never committed.';
    report.warning('BP2009', `private key "${name}" lies in the folder of the plan`, tree.place, {
      path,
      help,
    });
  }
}
