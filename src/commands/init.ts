import { access, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { starterPlan } from './starter-plan.ts';

export interface InitRequest {
  /** Folder of the plan; made where it does not exist. */
  readonly directory: string;
  readonly name: string;
  /** Folder for private keys, outside the plan's folder. */
  readonly keyDirectory: string;
  readonly example: boolean;
  readonly generateKey: (request: {
    readonly name: string;
    readonly kind: 'recipient' | 'signer';
  }) => Promise<{ readonly privateKey: string; readonly publicKey: string; readonly fingerprint: string }>;
}

export interface InitReport {
  readonly plan: string;
  readonly keys: readonly CreatedKey[];
  readonly files: readonly string[];
}

export interface CreatedKey {
  readonly name: KeyName;
  readonly fingerprint: string;
  readonly publicFile: string;
  readonly privateFile: string;
}

type KeyName = 'operations' | 'escrow' | 'writer';

const KEYS: readonly { readonly name: KeyName; readonly kind: 'recipient' | 'signer' }[] = [
  { name: 'operations', kind: 'recipient' },
  { name: 'escrow', kind: 'recipient' },
  { name: 'writer', kind: 'signer' },
];

/** Writes a plan that validates, public keys beside it and private keys elsewhere. Overwrites nothing. */
export async function init(request: InitRequest): Promise<Result<InitReport>> {
  const directory = resolve(request.directory);
  const keyDirectory = resolve(request.keyDirectory);
  const checked = await checkPlaces(directory, keyDirectory);
  if (!checked.ok) return checked;
  await mkdir(join(directory, 'keys'), { recursive: true });
  await mkdir(keyDirectory, { recursive: true, mode: 0o700 });
  const keys: CreatedKey[] = [];
  for (const key of KEYS) keys.push(await createKey(request, key, { directory, keyDirectory }));
  const plan = join(directory, 'backup-plan.yaml');
  const text = starterPlan({
    name: request.name,
    writerKey: join(keyDirectory, 'writer.key'),
    example: request.example,
  });
  await writeNew(plan, text, 0o644);
  const example = request.example ? await writeExample(directory) : [];
  return ok({ plan, keys, files: [plan, ...example] });
}

async function checkPlaces(directory: string, keyDirectory: string): Promise<Result<void>> {
  const root = await nearestReal(directory);
  const keys = await nearestReal(keyDirectory);
  const inside = relative(root, keys);
  if (keyDirectory === directory || (inside !== '' && !inside.startsWith('..')) || keys === root) {
    return failed(
      failure('DESTINATION_REFUSED', `private keys would lie inside the plan's folder ${directory}`, {
        hint: 'Pass --keys DIR with a folder that is never committed.',
      }),
    );
  }
  const taken = [
    join(directory, 'backup-plan.yaml'),
    ...KEYS.flatMap(({ name }) => [
      join(directory, 'keys', `${name}.asc`),
      join(keyDirectory, `${name}.key`),
    ]),
  ];
  for (const path of taken) {
    if (await exists(path))
      return failed(failure('DESTINATION_REFUSED', `${path} exists; init overwrites nothing`));
  }
  return ok();
}

/** The real path, as far as the path exists yet. */
async function nearestReal(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const parent = dirname(path);
  return parent === path ? path : join(await nearestReal(parent), relative(parent, path));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function createKey(
  request: InitRequest,
  { name, kind }: (typeof KEYS)[number],
  places: { readonly directory: string; readonly keyDirectory: string },
): Promise<CreatedKey> {
  const made = await request.generateKey({ name: `${request.name} ${name}`, kind });
  const publicFile = join(places.directory, 'keys', `${name}.asc`);
  const privateFile = join(places.keyDirectory, `${name}.key`);
  await writeNew(privateFile, made.privateKey, 0o600);
  await writeNew(publicFile, made.publicKey, 0o644);
  return { name, fingerprint: made.fingerprint, publicFile, privateFile };
}

async function writeExample(directory: string): Promise<readonly string[]> {
  const folder = join(directory, 'example-data');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'hello.txt');
  if (!(await exists(file))) await writeNew(file, 'Replace me with something worth keeping.\n', 0o644);
  return [file];
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode });
}
