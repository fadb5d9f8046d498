#!/bin/bash
# compile_headers.sh INCLUDE: each header alone, as C11 and C++20, by every compiler that is here, with all warnings fatal.
set -euo pipefail
include=$1
strict="-fsyntax-only -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -I$include"

for pair in gcc:g++ clang:clang++; do
  cc=${pair%%:*} cxx=${pair##*:}
  command -v "$cc" > /dev/null || continue
  for header in "$include"/jackfield/*.h; do
    echo "#include <jackfield/${header##*/}>" | "$cc" -std=c11 -x c $strict -
    echo "#include <jackfield/${header##*/}>" | "$cxx" -std=c++20 -x c++ $strict -
  done
  for header in "$include"/jackfield/*.hpp; do
    echo "#include <jackfield/${header##*/}>" | "$cxx" -std=c++20 -x c++ $strict -
  done
  echo "$cc: fine"
done
