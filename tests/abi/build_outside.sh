#!/bin/bash
# build_outside.sh CMAKE PREFIX SOURCE TESTDATA WORK: builds a connector's project away from this tree, against the SDK in
# PREFIX; then checks that it exports one symbol and passes its cases.
set -euo pipefail
cmake=$1 prefix=$2 source=$3 testdata=$4 work=$5

rm -rf "$work"
mkdir -p "$work"
cp -r "$source" "$work/source"
"$cmake" -S "$work/source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" > "$work/log"  ||
  { cat "$work/log"; exit 1; }
"$cmake" --build "$work/build"

exported=$(nm -D --defined-only "$work/build/plugins/echo.so" | awk '{print $NF}')
if [ "$exported" != jackfield_plugin_v0 ]; then
  echo "exported: $exported"
  exit 1
fi
"$prefix/bin/jackfield-testkit" "$work/build/plugins/echo.so" "$testdata"
