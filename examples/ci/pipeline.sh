#!/usr/bin/env bash
# One job of a pipeline. The runner is thrown away afterwards: everything that lasts is on the target.
set -euo pipefail
case $1 in
  review)
    # On a pull request: no passwords, no network, nothing is run.
    backup-plan validate --reporter concise
    ;;
  approve)
    # On the main branch, for a person to read: the digest names exactly this plan.
    backup-plan plan --json >plan.json
    jq -r '"\(.summary.due) due, changed: \(.changed)"' plan.json
    jq -r .digest plan.json >approved
    ;;
  apply)
    # After the approval. Any later change of the plan makes the digest stale: exit code 12.
    backup-plan apply --expect "$(cat approved)"
    ;;
esac
