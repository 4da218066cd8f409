import type { CodeWords } from './code-words.ts';

/** What names refer to, and what values mean together. */
export const MEANING_CODES = {
  BP1201: {
    title: 'a secret is not declared',
    explanation:
      'Options refer to secrets by name, and the name must stand under `secrets`. What might be the secret itself is not repeated.',
    example: 'secrets:\n  token: { env: API_TOKEN }',
  },
  BP1202: {
    title: 'a schedule is not declared',
    explanation:
      'The name must stand under `schedules`. A text with blanks is read as a cron expression instead.',
    example: 'schedules:\n  nightly: { cron: "0 2 * * *" }',
  },
  BP1203: {
    title: 'a retention policy is not declared',
    explanation: 'The name must stand under `retention`.',
    example: 'retention:\n  standard: { keep: { daily: 7, weekly: 4 } }',
  },
  BP1204: {
    title: 'an encryption profile is not declared',
    explanation: 'The name must stand under `encryption`.',
    example: 'encryption:\n  ops: { recipients: [keys/ops.asc, keys/escrow.asc] }',
  },
  BP1205: {
    title: 'a target is not declared',
    explanation: 'The name must stand under `targets`.',
    example: 'targets:\n  local: { type: filesystem, path: /backups }',
  },
  BP1206: {
    title: 'a member of a group is not declared',
    explanation: 'Members are names of resources of the same plan.',
  },
  BP1207: {
    title: 'a dependency is not declared',
    explanation: '`dependsOn` takes names of resources of the same plan.',
  },
  BP1208: {
    title: 'dependencies form a cycle',
    explanation:
      'Each resource waits for the ones it depends on, so a cycle would wait for ever. Remove one step of the way that the message names.',
  },
  BP1209: {
    title: 'the plan does not say which target holds its log',
    explanation:
      'The log of applied plans lies on one target. With a single target it is that one; with several, `state` names it.',
    example: 'state: local',
  },
  BP1211: {
    title: 'a resource is a member of two groups',
    explanation: 'A group is one barrier; a resource can stand behind one at most.',
  },
  BP1213: {
    title: 'two names differ only in case',
    explanation: 'They are too easily taken for each other. Rename one.',
  },
  BP1214: {
    title: 'a policy names a resource that is not declared',
    explanation: 'Lists of `policies.separate` have names of resources of the same plan.',
    example: 'policies:\n  separate: [[database, vault]]',
  },
  BP1301: {
    title: 'a cron expression is not valid',
    explanation:
      'Five fields: minute, hour, day of month, month, day of week; `*`, lists, ranges and steps. No nicknames, and some date must match.',
    example: 'cron: "30 2 * * 1-5"',
  },
  BP1302: {
    title: 'a time zone is unknown',
    explanation: 'Use a name of the IANA database.',
    example: 'timezone: Europe/Berlin',
  },
  BP1303: { title: 'the type has no such mode', explanation: 'The help line lists the modes of the type.' },
  BP1304: {
    title: 'a chain would never end',
    explanation:
      'Incremental and differential snapshots need the full one they stand on, so retention can release nothing until a new full is taken.',
    example: 'schedule: { full: weekly, incremental: nightly }',
  },
  BP1305: {
    title: 'a retention policy keeps nothing',
    explanation: 'Every rule of the policy is zero, or only labelled snapshots are kept.',
    example: 'keep: { last: 3, daily: 7, weekly: 4, monthly: 12 }',
  },
  BP1306: {
    title: 'a retention policy keeps everything for ever',
    explanation: 'A rule is so large that it never lets a snapshot go. Every target fills up one day.',
  },
  BP1308: {
    title: 'a resource has no encryption profile',
    explanation:
      'Nothing is ever stored in plaintext, so every resource needs a profile, its own or the default.',
    example: 'defaults: { encryption: ops }',
  },
  BP1309: {
    title: 'a resource has no target',
    explanation: 'Every resource needs at least one target, its own or the default.',
    example: 'defaults: { targets: [local] }',
  },
  BP1310: {
    title: 'a resource has no retention policy',
    explanation: 'Without a policy its snapshots would stay for ever by accident.',
    example: 'defaults: { retention: standard }',
  },
  BP1311: {
    title: 'a recipient is not a key file',
    explanation:
      'Recipients are public key files in the repository. Given a name or an address, gpg could fetch a key from a network and encrypt to a stranger.',
    example: 'recipients: [keys/ops.asc, keys/escrow.asc]',
  },
  BP1312: {
    title: 'the key file of a recipient cannot be read',
    explanation: 'The public key must lie beside the plan. Relative paths start at the folder of the plan.',
  },
  BP1313: {
    title: 'the key file of a signer cannot be read',
    explanation: 'The public key must lie beside the plan. Relative paths start at the folder of the plan.',
  },
  BP1314: {
    title: 'a private key stands where a public one belongs',
    explanation:
      'Who reads the repository could read every backup. If the file was ever committed, make a new key.',
    example: 'gpg --armor --export KEY > keys/ops.asc',
  },
  BP1315: {
    title: 'a secret stands in the plan',
    explanation:
      'Secrets are given only by reference. Replace this one, because the history of the repository keeps it.',
    example:
      'secrets:\n  token: { env: API_TOKEN }\n  password: { file: /run/secrets/password }\n  key: { command: [pass, show, key] }',
  },
  BP1319: {
    title: 'no signing key has a needed role',
    explanation:
      'Records count only when a pinned key with the right role signed them: `write` for snapshots, `apply` for the log.',
    example:
      'signing:\n  keys:\n    ci: { key: keys/ci.asc, may: [write, apply] }\n  use: { env: BACKUP_PLAN_SIGNING_KEY }',
  },
  BP1321: {
    title: 'a capture without staging has no place to go',
    explanation:
      'With `limits.staging: none` ciphertext is not kept on this machine, so that it can go to one target only, and to one that takes what has no length yet. rclone cannot.',
    example:
      'resources:\n  archive:\n    type: files\n    paths: [/srv/archive]\n    targets: [offsite]\n    limits: { staging: none }',
  },
  BP1320: {
    title: 'migrations make no clear way',
    explanation:
      'A restore follows `restore.migrate` from the version of the snapshot to the one that runs now. From each version at most one entry leads on, and none leads back.',
    example:
      'restore:\n  migrate:\n    - { from: "1.0", to: "1.1", run: [[app, migrate, "1.1"]] }\n    - { from: "1.1", to: "2.0", run: [[app, migrate, "2.0"]] }',
  },
  BP1323: {
    title: 'the log lies on a store that cannot keep two writers apart',
    explanation:
      'Each change of the plan is an entry of the log that only one run may create. Stores of this type let a second run replace the entry of the first. Keep the log elsewhere, or promise with `exclusive: true` that no two runs write there at the same time.',
    example: 'state: cloud\ntargets:\n  cloud: { type: rclone, remote: "gcs:backups", exclusive: true }',
  },
  BP1324: {
    title: 'a storage class on a target that has none',
    explanation:
      'Only stores with classes, such as S3, can put the artifacts of a copy into another one. Leave `storageClass` out for the others.',
    example: 'targets:\n  disk: {}\n  cloud: { storageClass: DEEP_ARCHIVE }',
  },
  BP1325: {
    title: 'every target waits for a schedule of its own',
    explanation:
      'A `schedule` on a target picks some of the snapshots for it. Where every target has one, a snapshot between two ticks would lie nowhere. Leave it out for the target that is to get them all.',
    example:
      'targets:\n  local: {}\n  offsite: { schedule: weekly }\n  archive: { schedule: "0 3 1 * *", retention: long }',
  },
  BP1326: {
    title: 'the tools of a resource cannot run in two places',
    explanation:
      '`via` names one place: a container (`docker`), a service (`compose`), a pod (`kubernetes`), a machine (`ssh`) or a local user (`sudo`). Only `ssh` and `sudo` go together: the user is one of that machine.',
    example: 'via: { ssh: backup@db-1, sudo: postgres }',
  },
  BP1501: {
    title: 'the plan falls short of its policies',
    explanation:
      'What stands under `policies` cannot hold with this plan: there are too few targets, sites, media or keys, or resources that must be apart are together. Every snapshot would break the policy, so nothing is taken.',
    example: 'policies: { copies: 3, countSource: true, offsite: 1 }',
  },
} satisfies Record<string, CodeWords>;
