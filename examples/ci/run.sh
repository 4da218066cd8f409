#!/usr/bin/env bash
# A pipeline validates a plan, shows it for approval, and applies exactly what was approved.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'A site to protect; the signing key is a variable of the pipeline'
mkdir "$work/site"
echo '<h1>Hello</h1>' >"$work/site/index.html"
new_plan ci
step 'export BACKUP_PLAN_SIGNING_KEY=$(cat ../private/writer.key)'
step 'rm ../private/writer.key'
export -f backup-plan
export program

title 'A pull request is reviewed'
step "bash $example/pipeline.sh review"
step "sed 's/daily: 7/dayly: 7/' backup-plan.yaml >broken.yaml"
refused 10 'backup-plan validate --reporter concise broken.yaml'

title 'The main branch is approved and applied'
step "bash $example/pipeline.sh approve"
step "bash $example/pipeline.sh apply"

title 'Somebody changes the plan after the approval: it is not applied'
step "sed -i 's/daily: 7/daily: 1/' backup-plan.yaml"
refused 12 "bash $example/pipeline.sh apply"

title 'Without an approval, the nightly run goes on under the plan that was approved'
refused 12 'backup-plan apply'
