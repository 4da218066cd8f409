import fc from 'fast-check';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeStaged, tidyFolders } from '../../src/swap/folders.ts';
import { checkKept } from '../../src/swap/kept.ts';
import type { SwapPlan } from '../../src/swap/plan.ts';
import { revert } from '../../src/swap/revert.ts';
import { swap } from '../../src/swap/swap.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { digestTree } from '../support/tree-digest.ts';
import { createScene, prepare, put, tools, type Scene, type Thing } from './scene.ts';

interface Sample {
  readonly before: Thing;
  /** `nothing`: the live path is only moved away. */
  readonly after: Thing;
}

const thing = fc.constantFrom<Thing>('nothing', 'file', 'directory', 'link');
const samples = fc.array(fc.record({ before: thing, after: thing }), { minLength: 1, maxLength: 4 });

async function setUp(scene: Scene, chosen: readonly Sample[]): Promise<SwapPlan> {
  chosen.forEach(({ before }, number) => {
    put(scene.live(String(number)), before, `before ${String(number)}`);
  });
  const places = chosen.map(({ after }, number) => ({
    live: scene.live(String(number)),
    ...(after === 'nothing' ? {} : { staged: `tree/${String(number)}` }),
  }));
  return prepare(places, (name, path) => {
    put(path, chosen[Number(name.slice(5))]?.after ?? 'nothing', `after ${name.slice(5)}`);
  });
}

/** What lies in the live folder, without the private one. */
function liveState(scene: Scene): readonly string[] {
  return digestTree(join(scene.folder, 'live')).filter(
    (line) => !line.includes('.backup-plan-') && !line.startsWith('""'),
  );
}

/** The renames of a swap in its order, done by hand: what a crash may have left undone. */
function renamesOf({ places }: SwapPlan): readonly (() => void)[] {
  const move = (from: string, to: string) => () => {
    renameSync(from, to);
  };
  const companions = places.filter(({ staged, hadLive }) => staged === undefined && hadLive);
  const replaced = places.filter(({ staged }) => staged !== undefined);
  return [
    ...companions.map(({ live, safety }) => move(live, safety)),
    ...replaced.flatMap(({ live, safety, staged = '', hadLive }) => [
      ...(hadLive ? [move(live, safety)] : []),
      move(staged, live),
    ]),
  ];
}

describe('a swap', () => {
  it('that died after any rename is finished by another one, and undone by a revert', async () => {
    await fc.assert(
      fc.asyncProperty(samples, fc.nat({ max: 8 }), async (chosen, deaths) => {
        using scene = createScene();
        const plan = await setUp(scene, chosen);
        const before = liveState(scene);
        for (const rename of renamesOf(plan).slice(0, deaths)) rename();
        valueOf(await swap(tools, plan));
        const after = readdirSync(join(scene.folder, 'live')).filter((name) => !name.startsWith('.'));
        const expected = chosen.flatMap((one, number) => (one.after === 'nothing' ? [] : [String(number)]));
        expect(after).toEqual(expected);
        valueOf(await swap(tools, plan));
        valueOf(await revert(tools, plan));
        expect(liveState(scene)).toEqual(before);
        valueOf(await revert(tools, plan));
        expect(liveState(scene)).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  it('that died after any rename is undone by a revert alone', async () => {
    await fc.assert(
      fc.asyncProperty(samples, fc.nat({ max: 8 }), async (chosen, deaths) => {
        using scene = createScene();
        const plan = await setUp(scene, chosen);
        const before = liveState(scene);
        for (const rename of renamesOf(plan).slice(0, deaths)) rename();
        valueOf(await revert(tools, plan));
        expect(liveState(scene)).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves what was there in the safety folder and nothing staged', async () => {
    using scene = createScene();
    const plan = await setUp(scene, [{ before: 'directory', after: 'directory' }]);
    valueOf(await swap(tools, plan));
    valueOf(await removeStaged(plan.folders));
    const [place] = plan.places;
    expect(readFileSync(join(place?.safety ?? '', 'inner'), 'utf8')).toBe('before 0');
    expect(readFileSync(join(scene.live('0'), 'inner'), 'utf8')).toBe('after 0');
    expect(readdirSync(plan.folders[0] ?? '').sort()).toEqual(['discarded', 'safety']);
    expect(lstatSync(plan.folders[0] ?? '').mode & 0o777).toBe(0o700);
  });

  it('makes missing directories as the snapshot had them, and a revert takes them away', async () => {
    using scene = createScene();
    const live = scene.live('a/b/file');
    const plan = await prepare([{ live, staged: 'live/a/b/file' }], (_name, path) => {
      put(path, 'file', 'file');
      chmodSync(dirname(path), 0o710);
    });
    valueOf(await swap(tools, plan));
    expect(readFileSync(live, 'utf8')).toBe('file');
    expect(lstatSync(scene.live('a/b')).mode & 0o777).toBe(0o710);
    valueOf(await revert(tools, plan));
    expect(existsSync(scene.live('a'))).toBe(false);
  });

  it('keeps directories that it made once somebody uses them', async () => {
    using scene = createScene();
    const plan = await prepare([{ live: scene.live('a/file'), staged: 'live/a/file' }], (_name, path) => {
      put(path, 'file', 'file');
    });
    valueOf(await swap(tools, plan));
    writeFileSync(scene.live('a/other'), 'other');
    valueOf(await revert(tools, plan));
    expect(readdirSync(scene.live('a'))).toEqual(['other']);
  });
});

describe('a swap refuses', () => {
  it.each([
    [
      'a link where a file was',
      'DESTINATION_REFUSED',
      (live: string) => {
        rmSync(live);
        symlinkSync('/', live);
      },
    ],
    [
      'nothing where a file was',
      'SOURCE_CHANGED',
      (live: string) => {
        rmSync(live);
      },
    ],
  ])('%s', async (_what, code, change) => {
    using scene = createScene();
    const plan = await setUp(scene, [{ before: 'file', after: 'file' }]);
    change(scene.live('0'));
    expect(failureIn(await swap(tools, plan)).code).toBe(code);
    expect(existsSync(plan.places[0]?.staged ?? '')).toBe(true);
  });

  it('what appeared where nothing was', async () => {
    using scene = createScene();
    const plan = await setUp(scene, [{ before: 'nothing', after: 'file' }]);
    writeFileSync(scene.live('0'), 'mine');
    expect(failureIn(await swap(tools, plan)).code).toBe('SOURCE_CHANGED');
    expect(readFileSync(scene.live('0'), 'utf8')).toBe('mine');
  });

  it('another directory in the place of the one above, and takes back what it did', async () => {
    using scene = createScene();
    const plan = await setUp(scene, [
      { before: 'file', after: 'file' },
      { before: 'file', after: 'file' },
    ]);
    const live = join(scene.folder, 'live');
    renameSync(live, join(scene.folder, 'moved'));
    mkdirSync(live);
    expect(failureIn(await swap(tools, plan)).code).toBe('DESTINATION_REFUSED');
    expect(readdirSync(live)).toEqual([]);
  });

  it('a live file that was written after it was merged from', async () => {
    using scene = createScene();
    put(scene.live('doc'), 'file', 'old');
    const { ino } = lstatSync(scene.live('doc'));
    const plan = await prepare([{ live: scene.live('doc'), staged: 'doc' }], (_name, path) => {
      put(path, 'file', 'merged');
    });
    const [place] = plan.places;
    if (place === undefined) throw new Error('no place');
    const mergedFrom = { inode: String(ino), ctimeNs: '1' };
    const result = await swap(tools, { ...plan, places: [{ ...place, mergedFrom }] });
    expect(failureIn(result).code).toBe('SOURCE_CHANGED');
    expect(readFileSync(scene.live('doc'), 'utf8')).toBe('old');
    valueOf(await tidyFolders(plan.folders));
    expect(readdirSync(join(scene.folder, 'live'))).toEqual(['doc']);
  });
});

describe('a swap plan that is taken up again', () => {
  const one: readonly Sample[] = [{ before: 'file', after: 'file' }];

  it('is not taken for done where what was staged is gone', async () => {
    using scene = createScene();
    const plan = await setUp(scene, one);
    rmSync(plan.places[0]?.staged ?? '', { recursive: true });
    expect(failureIn(await swap(tools, plan))).toMatchObject({ code: 'RESTORE_FAILED' });
    expect(readFileSync(scene.live('0'), 'utf8')).toBe('before 0');
  });

  it('knows its directories after a reboot, which may number devices anew', async () => {
    using scene = createScene();
    const plan = await setUp(scene, one);
    const [place] = plan.places;
    renameSync(place?.live ?? '', place?.safety ?? '');
    const known = plan.known.map((directory) => ({ ...directory, device: '1', boot: 'the one before' }));
    valueOf(await swap(tools, { ...plan, known }));
    expect(readFileSync(scene.live('0'), 'utf8')).toBe('after 0');
    valueOf(await revert(tools, { ...plan, known }));
    expect(readFileSync(scene.live('0'), 'utf8')).toBe('before 0');
    const other = known.map((directory) => ({ ...directory, inode: '1' }));
    expect(failureIn(await swap(tools, { ...plan, known: other })).code).toBe('DESTINATION_REFUSED');
  });

  it('says where what was there before has been removed', async () => {
    using scene = createScene();
    const plan = await setUp(scene, one);
    valueOf(await checkKept(plan));
    valueOf(await swap(tools, plan));
    valueOf(await checkKept(plan));
    rmSync(plan.places[0]?.safety ?? '', { recursive: true });
    expect(failureIn(await checkKept(plan)).code).toBe('UNDO_REFUSED');
  });
});

describe('a revert', () => {
  it('keeps what the restore brought, under a name of its own each time', async () => {
    using scene = createScene();
    const plan = await setUp(scene, [{ before: 'file', after: 'file' }]);
    valueOf(await swap(tools, plan));
    const [place] = plan.places;
    writeFileSync(place?.discarded ?? '', 'from an earlier try');
    valueOf(await revert(tools, plan));
    expect(readFileSync(`${String(place?.discarded)}.1`, 'utf8')).toBe('after 0');
    expect(readFileSync(scene.live('0'), 'utf8')).toBe('before 0');
  });

  it('takes away the companions of the restored data, and brings back those of the old', async () => {
    using scene = createScene();
    const plan = await setUp(scene, [
      { before: 'file', after: 'file' },
      { before: 'file', after: 'nothing' },
      { before: 'nothing', after: 'nothing' },
    ]);
    valueOf(await swap(tools, plan));
    writeFileSync(scene.live('1'), 'new log');
    writeFileSync(scene.live('2'), 'new index');
    valueOf(await revert(tools, plan));
    expect(readFileSync(scene.live('0'), 'utf8')).toBe('before 0');
    expect(readFileSync(scene.live('1'), 'utf8')).toBe('before 1');
    expect(existsSync(scene.live('2'))).toBe(false);
  });
});
