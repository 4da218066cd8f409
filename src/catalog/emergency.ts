/** README.txt on a target: for a person who has the keys and Debian's gpg, zstd, tar and jq, and not us. */
export function emergencyReadme(): string {
  return [INTRODUCTION, CHOOSE, CHECK, FILES, SQLITE, OTHER, MISSING].join('\n');
}

const INTRODUCTION = `This folder holds backups made by backup-plan. You do not need backup-plan to read them: gpg,
zstd, tar, jq and the shell of any Linux system are enough. You do need

  * a private key of one of the recipients (the operations key or the escrow key),
    imported with   gpg --import FILE
  * to see that nothing was forged: the public key of the signer as signer.asc, from the plan's
    git repository and never from this folder.

What lies where:

  PLAN/snapshots/RESOURCE/ID.json             signed record of one snapshot; ID begins with its time (UTC)
  PLAN/data/RESOURCE/ID/NAME.EXT.zst.gpg      its data: zstd inside OpenPGP (.gpg alone: not compressed)
  PLAN/data/RESOURCE/ID/index.ndjson.zst.gpg  its list of contents, one JSON object a line
  PLAN/keys/RESOURCE/ID/NAME.*.pkesk          if there: for keys that were added later, goes before the data

Copy first and work on the copy. Change nothing in this folder. In an empty directory, as root to
get owners back, paste sections 1 and 2 into sh or bash, and then the one that fits your data.
`;

const CHOOSE = `1. Say what you want, and see what it is built on

    copy=/path/to/the/copy plan=PLAN resource=RESOURCE id=ID
    export LC_ALL=C
    snapshots=$copy/$plan/snapshots/$resource data=$copy/$plan/data/$resource keys=$copy/$plan/keys/$resource
    record() { jq -r .payload "$snapshots/$1.json" | base64 -d; }
    later() { part=\${1##*/}; cat "$keys/\${1%/*}/\${part%.*}".*.pkesk 2>/dev/null || :; }
    opened() { { later "$1"; cat "$data/$1$2"; } | gpg -d; }
    content() { if [ -e "$data/$1.zst.gpg" ]; then opened "$1" .zst.gpg | zstd -d; else opened "$1" .gpg; fi; }
    chain=$id
    while below=$(record "\${chain%% *}" | jq -er .chain.parent.snapshotId); do chain="$below $chain"; done
    echo "$chain"

The last line shows the snapshot and what it needs: a full one first, which needs nothing else.
`;

const CHECK = `2. Check all of it

    gpg --dearmor < signer.asc > signers.gpg
    for one in $chain; do
      record "$one" > record.json
      jq -r '.signatures[0].signature' "$snapshots/$one.json" | base64 -d > record.sig
      gpgv --keyring ./signers.gpg record.sig record.json
      jq -r '.artifacts[], .index | .sha256 + "  " + .key' record.json > digests
      (cd "$copy" && sha256sum -c) < digests
      jq -e --arg key "$plan/snapshots/$resource/$one.json" '.key == $key' record.json
    done

For each snapshot gpgv must say "Good signature", sha256sum OK for every file, and the last line
"true". This is the proof: an exit code of 0 further down is none.
`;

const FILES = `3. Files (files.tar)

    mkdir restored; : > old
    for one in $chain; do
      content "$one/index.ndjson" | jq -r 'select(has("type")) | .type + " " + (.path64 // (.path | @base64))' | sort > new
      comm -23 old new | while read -r type name; do
        path=$(printf %s "$name" | base64 -d; echo /); rm -rf -- "restored/\${path%/}"
      done
      content "$one/files.tar" > files.tar
      tar -x -p --numeric-owner --acls --xattrs --xattrs-include='*' -f files.tar -C restored
      mv new old
    done

Each level first loses what the next one does not list, then gets its files. Paths start at the
root of the old machine, below "restored".
`;

const SQLITE = `4. A SQLite database (database.db, then pages.bin and offsets.txt)

    for one in $chain; do
      if [ "$one" = "\${chain%% *}" ]; then content "$one/database.db" > restored.db; continue; fi
      content "$one/pages.bin" > pages; content "$one/offsets.txt" > offsets
      while read -r page count; do
        case $page in
          size) truncate -s "$count" restored.db ;;
          sha256) echo "$count  restored.db" | sha256sum -c ;;
          *) dd bs=4096 seek="$page" count="$count" conv=notrunc status=none of=restored.db <&3 ;;
        esac
      done < offsets 3< pages
    done

sha256sum must say "restored.db: OK" once for each level above the full one.
`;

const OTHER = `5. Everything else is one file, or several, under its own name

    for key in $(record "$id" | jq -r '.artifacts[].key'); do
      name=\${key##*/}; name=\${name%.gpg}; name=\${name%.zst}
      content "$id/$name" > "$name"
    done
    content "$id/index.ndjson" | jq 'select(has("format")) | .facts'

The last line says from where they were taken: document-1.json, document-2.json and so on are those
of a "json" resource. A dump of a SQLite database (database.sql) becomes one with   sqlite3 new.db < database.sql
`;

const MISSING = `6. What was deleted, or is about to be

    for event in "$copy/$plan/events"/*.json; do jq -r .payload "$event" | base64 -d; done > events
    jq -r 'select(.event == "gone") | .at + " deleted " + .facts.resource + " " + .facts.snapshotId' events
    jq -r 'select(.event == "demote") | .at + " never use " + .facts.snapshotId' events
    ls "$copy/$plan/marks"

"gone" was deleted on purpose, by retention. The folder under "marks" that has the ID of a snapshot
says that it waits for its deletion: it is whole until then, so copy it first. No "marks": none do.
`;
