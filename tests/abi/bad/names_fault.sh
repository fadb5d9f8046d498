#!/bin/bash
# names_fault.sh JACKFIELD PLUGIN TESTDATA FAULT CHECK PATTERN: `plugin check` fails that check, says what the pattern
# matches, and comes back itself.
set -euo pipefail
jackfield=$1 plugin=$2 testdata=$3 fault=$4 check=$5 pattern=$6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

printf '{"settings": {"fault": "%s"}, "secrets": {"/key": "a-key-for-tests"}}\n' "$fault" > "$work/settings.json"
code=0
"$jackfield" plugin check "$plugin" --settings "$work/settings.json" --testdata "$testdata" --only "$check" \
  --junit "$work/junit.xml" > "$work/output" 2>&1 || code=$?
cat "$work/output"
[ "$code" = 1 ] || { echo "exit code $code, not 1"; exit 1; }
grep -Eq "^FAIL  $check  .*($pattern)" "$work/output" || { echo "does not say: $pattern"; exit 1; }
grep -q '<failure' "$work/junit.xml"
