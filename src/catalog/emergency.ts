/** README.txt on a target: for a person who has the keys and Debian's gpg, zstd, tar and jq, and not us. */
export function emergencyReadme(): string {
  return `${INTRODUCTION}\n${CHECK}\n${UNPACK}\n${CHAIN}\n${NAMES}`;
}

const INTRODUCTION = `This folder holds backups made by backup-plan. You do not need backup-plan to read them:
gpg, zstd, tar, jq and the shell of any Linux system are enough. You do need

  * a private key of one of the recipients (the operations key or the escrow key),
    imported with   gpg --import FILE
  * to check that nothing was forged: the public key of the signer, from the plan's git
    repository and never from this folder.

What lies where:

  PLAN/snapshots/RESOURCE/ID.json             signed record of one snapshot; ID begins with its time (UTC)
  PLAN/data/RESOURCE/ID/NAME.EXT.zst.gpg      its data: zstd inside OpenPGP (.gpg alone: not compressed)
  PLAN/data/RESOURCE/ID/index.ndjson.zst.gpg  its list of contents, one JSON object a line

Copy first and work on the copy. Change nothing in this folder.
`;

const CHECK = `1. Check a record, and the data against it

    jq -r .payload ID.json | base64 -d > record.json
    jq -r '.signatures[0].signature' ID.json | base64 -d > record.sig
    gpg --dearmor < SIGNER-PUBLIC-KEY.asc > signers.gpg
    gpgv --keyring ./signers.gpg record.sig record.json
    jq . record.json
    jq -r '.artifacts[], .index | .sha256 + "  " + .key' record.json > digests
    (cd THIS-FOLDER && sha256sum -c) < digests

gpgv must say "Good signature", and .key in record.json must be the place of the record.
`;

const UNPACK = `2. Decrypt and unpack

    gpg -d files.tar.zst.gpg | zstd -d > files.tar
    mkdir restored
    tar -x -p --numeric-owner --acls --xattrs --xattrs-include='*' -f files.tar -C restored

As root, to get owners back. Paths start at the root of the old machine, below "restored".
Other data (a database, a dump) is one file:

    gpg -d database.db.zst.gpg | zstd -d > database.db

An exit code of 0 is no proof. sha256sum above is; and .artifacts[].raw.bytes in the record is
the size after decryption.
`;

const CHAIN = `3. A snapshot that is not a full one

In record.json, .chain.level is 0 for a full snapshot. Otherwise .chain.parent.snapshotId names
the snapshot below it; follow it down to level 0. Unpack level 0 as above, then for every next
level, in order: remove what is not in that level's index any more, then unpack its data over it.
With OLD and NEW as the folders of the two snapshots under PLAN/data/RESOURCE:

    list() { gpg -d "$1/index.ndjson.zst.gpg" | zstd -d | jq -j 'select(has("type") and has("path")) | .type + " " + .path + "\\u0000"' | LC_ALL=C sort -z; }
    list OLD > old.list
    list NEW > new.list
    LC_ALL=C comm -z -23 old.list new.list | cut -z -d ' ' -f 2- | (cd restored && xargs -0 -r rm -rf --)
    gpg -d NEW/files.tar.zst.gpg | zstd -d > files.tar
    tar -x -p --numeric-owner --acls --xattrs --xattrs-include='*' -f files.tar -C restored
`;

const NAMES = `4. Names that are not UTF-8

have no "path" in the index but "path64", the same in base64. To remove such names between two
levels, after "rm" and before "tar" above:

    list64() { gpg -d "$1/index.ndjson.zst.gpg" | zstd -d | jq -r 'select(has("type") and has("path64")) | .type + " " + .path64' | LC_ALL=C sort; }
    list64 OLD > old.list
    list64 NEW > new.list
    LC_ALL=C comm -23 old.list new.list | cut -d ' ' -f 2- | while read -r name; do rm -rf -- "restored/$(echo "$name" | base64 -d)"; done
`;
