import type { JsonDocument, Member } from './document.ts';
import { layOut, type Layout } from './layout.ts';

/** An object that has been parsed. */
export type JsonObjectText = JsonDocument & { readonly members: readonly Member[] };

/** The document with nothing but these of its members, in its own order. */
export function pickMembers(document: JsonObjectText, keys: readonly string[]): string {
  const { text, members } = document;
  const kept = members
    .filter(({ key }) => keys.includes(key))
    .map((one) => text.slice(one.start, one.valueEnd));
  const [first] = members;
  const last = members.at(-1);
  if (first === undefined || last === undefined) return text;
  return `${text.slice(0, first.start)}${kept.join(separatorOf(document))}${text.slice(last.valueEnd)}`;
}

/**
 * `live` with the members of `saved` in it: those it has get the saved value where they are, others
 * come last. Every other byte stays; what comes in is laid out as the rest is.
 */
export function mergeMembers(live: JsonObjectText, saved: JsonObjectText): string {
  const layout = layoutOf(live) ?? layoutOf(saved);
  const known = new Map(live.members.map((member) => [member.key, member]));
  const replaced = saved.members.flatMap((member) => {
    const place = known.get(member.key);
    return place === undefined ? [] : [{ place, value: fittingValue(saved, member, layout) }];
  });
  const added = saved.members.filter(({ key }) => !known.has(key));
  return replaced
    .toSorted((a, b) => b.place.valueStart - a.place.valueStart)
    .reduce(
      (all, { place, value }) => all.slice(0, place.valueStart) + value + all.slice(place.valueEnd),
      // Appended first: what is replaced lies before it, so that no offset has moved.
      append(live, saved, { added, layout }),
    );
}

interface Addition {
  readonly added: readonly Member[];
  readonly layout: Layout | undefined;
}

function append(live: JsonObjectText, saved: JsonObjectText, { added, layout }: Addition): string {
  if (added.length === 0) return live.text;
  const last = live.members.at(-1);
  if (last === undefined)
    return live.text.replace(/\{\s*\}/, () =>
      pickMembers(
        saved,
        added.map(({ key }) => key),
      ).trim(),
    );
  const members = added.map((member) => {
    const key = saved.text.slice(member.start, member.keyEnd);
    return `${key}${layout?.colon ?? ':'}${fittingValue(saved, member, layout)}`;
  });
  const separator = separatorOf(live);
  return `${live.text.slice(0, last.valueEnd)}${separator}${members.join(separator)}${live.text.slice(last.valueEnd)}`;
}

/** As it was saved where both are laid out alike; else every token of it in the layout of the other. */
function fittingValue(saved: JsonObjectText, member: Member, layout: Layout | undefined): string {
  const value = saved.text.slice(member.valueStart, member.valueEnd);
  const own = layoutOf(saved);
  const alike = layout === undefined || JSON.stringify(own) === JSON.stringify(layout);
  return alike ? value : layOut(value, layout, 1);
}

/** What stands between two members. */
function separatorOf({ text, members }: JsonObjectText): string {
  const [first, second] = members;
  if (first === undefined) return ',';
  if (second !== undefined) return text.slice(first.valueEnd, second.start);
  const lead = text.slice(text.indexOf('{') + 1, first.start);
  return `,${lead.includes('\n') ? lead : spaceAfterColon(text, first)}`;
}

function spaceAfterColon(text: string, member: Member): string {
  return text.slice(member.keyEnd, member.valueStart).endsWith(' ') ? ' ' : '';
}

/** Seen in the first members; undefined where there are none to see it in. */
function layoutOf(document: JsonObjectText): Layout | undefined {
  const { text, members } = document;
  const [first] = members;
  if (first === undefined) return undefined;
  const lead = text.slice(text.indexOf('{') + 1, first.start);
  const colon = text.slice(first.keyEnd, first.valueStart);
  const lineEnd = lead.lastIndexOf('\n');
  const indent = lineEnd === -1 ? '' : lead.slice(lineEnd + 1);
  const newline = lineEnd === -1 ? '' : lead.includes('\r\n') ? '\r\n' : '\n';
  return { newline, indent, colon, comma: newline === '' ? separatorOf(document) : ',' };
}
