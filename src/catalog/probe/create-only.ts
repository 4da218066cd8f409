import { ok, type Result } from '../../domain/result.ts';
import { newIdentity } from '../ids.ts';
import { isListed } from './listings.ts';
import { probeKey } from './probe-key.ts';
import { makeProbe, type ProbeSite } from './probe-site.ts';

export interface Creation {
  /** A second creation under a key was refused, and the first content stayed. */
  readonly createOnly: boolean;
  /** Of several creations of one key at the same moment exactly one won. */
  readonly oneWinner: boolean;
  readonly readAfterWrite: boolean;
  readonly listAfterWrite: boolean;
}

export async function probeCreation(site: ProbeSite): Promise<Result<Creation>> {
  const second = await probeSecond(site);
  if (!second.ok) return second;
  const race = await probeRace(site);
  if (!race.ok) return race;
  return ok({
    createOnly: second.value.refused,
    oneWinner: race.value.winners === 1,
    readAfterWrite: second.value.read && race.value.read,
    listAfterWrite: second.value.listed && race.value.listed,
  });
}

type Seen = Pick<Creation, 'readAfterWrite' | 'listAfterWrite'>;

async function probeSecond(
  site: ProbeSite,
): Promise<Result<{ readonly refused: boolean; readonly read: boolean; readonly listed: boolean }>> {
  const { target } = site;
  const [first, other] = [content('first'), content('other')];
  const made = await makeProbe(site, first);
  if (!made.ok) return made;
  const seen = await look(site, made.value, first);
  if (!seen.ok) return seen;
  const again = await target.create(made.value, other);
  if (!again.ok) return again;
  const stayed = await target.get(made.value, other.length + first.length);
  if (!stayed.ok) return stayed;
  const refused = again.value === 'exists' && stayed.value?.equals(other) !== true;
  return ok({ refused, read: seen.value.readAfterWrite, listed: seen.value.listAfterWrite });
}

const RACERS = 8;

async function probeRace(
  site: ProbeSite,
): Promise<Result<{ readonly winners: number; readonly read: boolean; readonly listed: boolean }>> {
  const { target, plan, made } = site;
  const key = probeKey(plan);
  made.add(key);
  const contents = Array.from({ length: RACERS }, (_, index) => content(`racer ${String(index)}`));
  const answers = await Promise.all(contents.map((bytes) => target.create(key, bytes)));
  const lost = answers.find((answer) => !answer.ok);
  if (lost?.ok === false) return lost;
  const won = contents.filter((_, index) => {
    const answer = answers[index];
    return answer?.ok === true && answer.value === 'created';
  });
  const [winner = Buffer.alloc(0)] = won;
  const seen = await look(site, key, winner);
  if (!seen.ok) return seen;
  // Where several won, what is read is any one of them.
  const read = won.length !== 1 || seen.value.readAfterWrite;
  return ok({ winners: won.length, read, listed: seen.value.listAfterWrite });
}

async function look(site: ProbeSite, key: string, bytes: Buffer): Promise<Result<Seen>> {
  const found = await site.target.get(key, MAX_BYTES);
  if (!found.ok) return found;
  const listed = await isListed(site, key);
  if (!listed.ok) return listed;
  return ok({ readAfterWrite: found.value?.equals(bytes) === true, listAfterWrite: listed.value });
}

const MAX_BYTES = 1024;

function content(what: string): Buffer {
  return Buffer.from(`${what} ${newIdentity()}\n`);
}
