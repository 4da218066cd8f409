interface StarterPlan {
  readonly name: string;
  /** Absolute path of the writer's private key on this machine. */
  readonly writerKey: string;
  readonly example: boolean;
}

/** The plan that `init` writes: complete, commented, valid as it stands. */
export function starterPlan({ name, writerKey, example }: StarterPlan): string {
  return `version: 1
name: ${name}
timezone: UTC

encryption:
  default:
    # Everything is encrypted to both. The escrow key stays offline, for the day operations' is lost.
    recipients: [keys/operations.asc, keys/escrow.asc]

signing:
  keys:
    # \`prune\` lets this machine delete what retention releases. To keep that out of its reach, give the
    # role to a key of another machine and say \`prune: separate\` for the target.
    writer: { key: keys/writer.asc, may: [write, apply, prune] }
  # The private half, on machines that take backups. In CI: use: { env: BACKUP_PLAN_SIGNING_KEY }
  use: { file: ${JSON.stringify(writerKey)} }

targets:
  # Put this on another disk; \`mount: required\` then refuses to write while it is not mounted.
  local: { type: filesystem, path: ./backups }

schedules:
  nightly: { cron: "0 2 * * *" }

retention:
  standard: { keep: { last: 3, daily: 7, weekly: 4, monthly: 12 } }

defaults:
  schedule: nightly
  retention: standard
  encryption: default
  targets: [local]

resources:
  ${example ? 'example' : 'data'}:
    type: files
    paths: [${example ? './example-data' : './data'}]
`;
}
