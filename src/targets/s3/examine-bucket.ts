import { formatDuration } from '../../domain/duration.ts';
import type { StoreNote } from '../../domain/target.ts';
import { failureOf } from './attempt.ts';
import { use, type Bucket } from './bucket.ts';
import { lifecycleNotes } from './lifecycle-notes.ts';
import { hasCode } from './store-failure.ts';

/** What the bucket does by itself, and what it would keep from being done. Changes nothing. */
export async function examineBucket(bucket: Bucket): Promise<StoreNote[]> {
  const versions = await asked('versioning', () => versioningNote(bucket));
  const lock = await asked('object lock', () => objectLockNote(bucket));
  const lifecycle = await asked('lifecycle', () => lifecycleNotes(bucket));
  return [...versions, ...lock, ...lifecycle, clockNote(bucket), transportNote(bucket)];
}

/** Clocks that differ by more than a quarter of an hour are refused by most stores. */
const OFFSET_WARNING_MS = 60_000;

/** Reading a setting takes rights that reading and writing objects do not: who lacks them is told so. */
async function asked(topic: string, ask: () => Promise<StoreNote[]>): Promise<StoreNote[]> {
  try {
    return await ask();
  } catch (error) {
    const { message } = failureOf(error, `asking for ${topic}`);
    const hint = 'Give these credentials the right to read it, or look at it in the console of the store.';
    return [{ topic, state: 'warning', detail: message, hint }];
  }
}

async function versioningNote({ options, connection }: Bucket): Promise<StoreNote[]> {
  const { Status } = await connection.use((s3) => s3.getBucketVersioning({ Bucket: options.bucket }));
  if (Status === 'Enabled')
    return [
      note('versioning', 'ok', 'every version is kept: what is overwritten or removed by others comes back'),
    ];
  const detail = Status === undefined ? 'versions are not kept' : 'versions are no longer kept';
  return [
    {
      ...note('versioning', 'warning', `${detail}: what somebody removes or replaces is gone`),
      hint: 'Switch versioning on, so that whoever gets hold of the credentials cannot destroy snapshots.',
    },
  ];
}

async function objectLockNote(bucket: Bucket): Promise<StoreNote[]> {
  const { bucket: Bucket, objectLock } = bucket.options;
  const configuration = await use(bucket, (s3) => s3.getObjectLockConfiguration({ Bucket })).then(
    (answer) => answer.ObjectLockConfiguration,
    (error: unknown) => {
      if (hasCode(error, 'ObjectLockConfigurationNotFoundError', 'NotImplemented')) return undefined;
      throw error;
    },
  );
  const isOn = configuration?.ObjectLockEnabled === 'Enabled';
  if (objectLock === undefined && !isOn)
    return [note('object lock', 'ok', 'neither the plan nor the bucket locks objects')];
  if (!isOn)
    return [note('object lock', 'failed', 'the plan asks for it, and the bucket was created without it')];
  const always = configuration.Rule?.DefaultRetention;
  if (always !== undefined) {
    return [
      {
        ...note('object lock', 'warning', `the bucket locks everything for ${retentionOf(always)} by itself`),
        hint: 'Leases and intents cannot be removed then. Remove the default retention and set `objectLock` in the target.',
      },
    ];
  }
  if (objectLock === undefined)
    return [note('object lock', 'ok', 'the bucket could lock objects, and the plan does not ask for it')];
  const time = formatDuration(objectLock.retainMs);
  return [note('object lock', 'ok', `every object is locked for ${time}, ${objectLock.mode} mode`)];
}

function retentionOf({ Days, Years }: { Days?: number | undefined; Years?: number | undefined }): string {
  return Years === undefined ? `${String(Days ?? 0)} days` : `${String(Years)} years`;
}

function clockNote({ connection }: Bucket): StoreNote {
  const offsetMs = connection.clockOffsetMs();
  if (offsetMs === undefined) return note('clock', 'warning', 'the store does not tell its time');
  // The store cuts to whole seconds, and its answer takes a while.
  const offset = formatDuration(Math.abs(offsetMs));
  if (Math.abs(offsetMs) < OFFSET_WARNING_MS)
    return note('clock', 'ok', 'the clock agrees with that of the store');
  return {
    ...note(
      'clock',
      'warning',
      `the clock of this machine is ${offset} ${offsetMs > 0 ? 'behind' : 'ahead of'} that of the store`,
    ),
    hint: 'Set the clock of this machine, best by NTP.',
  };
}

function transportNote({ options }: Bucket): StoreNote {
  if (options.endpoint?.startsWith('http://') === true)
    return note(
      'transport',
      'warning',
      'plain HTTP: names and sizes can be read on the way, and answers forged',
    );
  if (options.allowInsecure)
    return note('transport', 'warning', 'TLS, but the certificate of the store is not verified');
  return note('transport', 'ok', 'TLS with a verified certificate');
}

function note(topic: string, state: StoreNote['state'], detail: string): StoreNote {
  return { topic, state, detail };
}
