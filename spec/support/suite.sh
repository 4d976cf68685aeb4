# Every gate, summed: sourced by `run test [SUITE…]`, from the tree's root,
# with its functions. A suite is one bounded command with a log; its counts
# are read from what it printed, never from its word alone.

logs=$build/logs
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
rm -rf "$logs"
mkdir -p "$logs"
seed=${SEED:-$RANDOM}
export SHOPWIRE_ROOT=$root
only=" $* "
# Names that do not exist are asked for: no resolver may hold that up.
export RES_OPTIONS='timeout:1 attempts:1'

# Busted in TAP, for one Lua: busted_on NAME ARGUMENT…
busted_on() {
  local name=$1 program
  shift
  program=$(program_of "$name")
  export SHOPWIRE_LUA=$program
  "$program" /usr/bin/busted -o TAP -v --shuffle --seed="$seed" "$@"
}

suite_style() {
  busted_on 5.4 spec/style_spec.lua
}

suite_luacheck() {
  local files
  files=$(find lua spec examples bench -name '*.lua' 2>/dev/null || true)
  # shellcheck disable=SC2086
  luacheck --codes --no-color --formatter plain .busted $files || true
  # shellcheck disable=SC2086
  luacheck --no-color .busted $files |
    awk '/ OK$/ { print "ok " $2 } / (warnings?|errors?)( |$)/ && /Checking/ \
      { print "not ok " $2 }'
}

# The C tests of a build folder, behind a wrapper command if one is given.
# A program says its own counts; one that does not is a failure.
suite_c() {
  local folder=$1 program status output
  shift
  for program in "$folder"/spec/*_test; do
    status=0
    output=$(timeout -k 5 300 "$@" "$program" </dev/null 2>&1) || status=$?
    printf '# %s\n%s\n' "$(basename "$program")" "$output"
    if [ "$status" -gt 1 ] || [[ $output != *" passed, "*" failed"* ]] ||
      { [ "$status" = 1 ] && [[ $output == *" passed, 0 failed"* ]]; }; then
      echo "not ok $(basename "$program"): exit status $status"
    fi
  done
}

suite_c_plain() {
  suite_c "$build/strict"
}

suite_c_asan() {
  ASAN_OPTIONS=detect_leaks=1 suite_c "$build/asan"
}

suite_c_valgrind() {
  suite_c "$build/strict" valgrind --quiet --error-exitcode=9 \
    --leak-check=full --errors-for-leak-kinds=definite,indirect
}

# plain_specs NAME ARGUMENT…: the specs on the build that allows no warning.
plain_specs() {
  paths "$build/strict" "$1"
  export SHOPWIRE_BUILD=$build/strict
  busted_on "$@"
}

suite_lua_5_4() {
  plain_specs 5.4 --exclude-tags=style
}

# Where a spec's behaviour cannot depend on the Lua it is tagged #once.
suite_lua_5_1() {
  plain_specs 5.1 --exclude-tags=style,once
}

suite_lua_5_2() {
  plain_specs 5.2 --exclude-tags=style,once
}

suite_lua_5_3() {
  plain_specs 5.3 --exclude-tags=style,once
}

suite_lua_luajit() {
  plain_specs luajit --exclude-tags=style,once
}

# A lua5.4 with the sanitizers' runtimes ahead of it, for specs and for the
# Lua children that they start; other children (curl hangs) go without.
sanitized_lua() {
  local folder=$temp/bin
  mkdir -p "$folder"
  cat >"$folder/lua5.4" <<END
#!/bin/sh
LD_PRELOAD="$(gcc -print-file-name=libasan.so) \
$(gcc -print-file-name=libubsan.so) $build/asan/support/unpreload.so \
\$LD_PRELOAD" \
  exec $(command -v lua5.4) "\$@"
END
  chmod +x "$folder/lua5.4"
  export PATH="$folder:$PATH"
}

# The specs on sanitized modules with a collector that never rests. Leaks
# count when a frame of ours is in their stack.
suite_lua_asan() {
  local reports=$temp/asan status=0
  mkdir -p "$reports"
  paths "$build/asan" 5.4
  sanitized_lua
  export SHOPWIRE_BUILD=$build/asan
  export ASAN_OPTIONS="detect_leaks=1:log_path=$reports/report"
  export LSAN_OPTIONS="exitcode=0:suppressions=$root/spec/support/lsan.supp"
  export UBSAN_OPTIONS="print_stacktrace=1:log_path=$reports/report"
  busted_on 5.4 --exclude-tags=style,slow \
    --helper=spec/support/hostile_collector.lua || status=$?
  cat "$reports"/report.* 2>/dev/null |
    awk -f spec/support/leaks.awk -v root="$root/src/" || true
  echo "ok sanitizer reports read"
  return "$status"
}

suite_torture() {
  local folder=$build/torture
  paths "$folder" 5.4
  export SHOPWIRE_BUILD=$folder
  if [ -f spec/torture/run.sh ]; then
    bash spec/torture/run.sh
  else
    "$folder/spec/torture"
  fi
}

suite_fuzz() {
  run_fuzz "${FUZZ_SECONDS:-5}" || true
}

# From a copy, as a user would: install, then use what was installed.
suite_install() {
  local copy=$temp/copy tree=$temp/rocks name version place
  mkdir -p "$copy"
  tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C "$copy"
  for name in 5.1 5.4; do
    (cd "$copy" && rm -rf build.luarocks &&
      luarocks --lua-version="$name" --tree="$tree" make --deps-mode=none)
    if use_installed "$name" "$tree/share/lua/$name" "$tree/lib/lua/$name"
    then
      echo "ok luarocks make, $name"
    else
      echo "not ok luarocks make, $name"
    fi
  done
  for name in 5.3 luajit; do
    version=${name/luajit/5.1} # LuaJIT looks where Lua 5.1 does
    place=$temp/place-$name
    cmake -S "$copy" -B "$temp/cmake" -G Ninja -DSHOPWIRE_LUA="$name" &&
      ninja --quiet -C "$temp/cmake" &&
      cmake --install "$temp/cmake" --prefix "$place" >/dev/null
    if use_installed "$name" "$place/share/lua/$version" \
      "$place/lib/lua/$version"; then
      echo "ok cmake --install, $name"
    else
      echo "not ok cmake --install, $name"
    fi
  done
}

# One call that cannot succeed: the engine must load to say why.
use_installed() {
  local lua=$2 lib=$3
  cd "$temp" || return 1
  env -u LUA_PATH_5_3 -u LUA_PATH_5_4 -u LUA_CPATH_5_3 -u LUA_CPATH_5_4 \
    LUA_PATH="$lua/?.lua;$lua/?/init.lua;;" LUA_CPATH="$lib/?.so;;" \
    "$(program_of "$1")" "$root/spec/support/installed.lua" "$lua"
}

# Runs suite $1 bounded by $2 seconds; the log ends with its exit status.
bounded() {
  local name=$1 seconds=$2 status=0
  export -f "suite_$name" suite_c busted_on plain_specs use_installed \
    sanitized_lua \
    run_fuzz fuzz_targets paths program_of need fetch compile say die
  export root build seed temp for_building for_fuzzing
  timeout -k 10 "$seconds" bash -c "set -u; suite_$name" \
    >"$logs/$name.log" 2>&1 </dev/null || status=$?
  echo "# exit status $status" >>"$logs/$name.log"
}

# Reads a log: prints "passed failed".
counts() {
  awk -v planned="$([[ $1 =~ ^(lua_|style) ]] && echo 1)" '
    /^ok / && / # SKIP/ { next }
    /^ok / { passed++ }
    /^not ok / { failed++ }
    /^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3 }
    /^# exit status / { status = $4 }
    /^1\.\.[0-9]+$/ { planned = 0 }
    END {
      # Busted that was cut short never says how many tests there were.
      if (planned) { failed++ }
      if (status != 0 && failed == 0) { failed++ }
      if (passed + failed == 0) { failed++ }
      print passed + 0, failed + 0
    }' "$logs/$1.log"
}

# Builds first; a build that fails is a failed suite of its own.
build_suite() {
  local name=build_$1 status=0
  timeout -k 10 600 "$root/run" build "$1" >"$logs/$name.log" 2>&1 ||
    status=$?
  [ "$status" != 0 ] || echo "ok build $1" >>"$logs/$name.log"
  echo "# exit status $status" >>"$logs/$name.log"
}

# Lines of a log that say what went wrong.
telling='^not ok |error:|ERROR: |not so: |\([WE][0-9]+\)|^[^#].*FAILED'
telling=$telling'|undefined reference|# exit status [^0]'

total_passed=0
total_failed=0
suites=""

report() {
  local name=$1 passed failed skipped
  read -r passed failed < <(counts "$name")
  skipped=$(grep -c '^ok .* # SKIP' "$logs/$name.log" || true)
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  printf '%-14s %5d ok %5d not ok %5d skipped  %s\n' "$name" "$passed" \
    "$failed" "$skipped" "$(cat "$logs/$name.time")"
  if [ "$failed" -gt 0 ]; then
    echo "---- $logs/$name.log"
    grep -A 12 -E "$telling" "$logs/$name.log" | head -60 || true
    tail -5 "$logs/$name.log"
    echo "----"
  fi
}

wanted() {
  [ "$only" = "  " ] || [[ $only == *" $1 "* ]]
}

timed() {
  local started=$SECONDS
  "$@"
  echo "$((SECONDS - started)) s" >"$logs/${suite:?}.time"
}

# Two suites at a time: no suite asserts an absolute time.
lanes=${LANES:-2}
start() {
  local suite=$1
  wanted "$suite" || return 0
  suites="$suites $suite"
  while [ "$(jobs -rp | wc -l)" -ge "$lanes" ]; do
    wait -n || true
  done
  timed bounded "$suite" "$2" &
}

# Builds kind $1 if a wanted suite of the others named needs it.
build_for() {
  local suite=build_$1 kind=$1 user
  shift
  for user in "$@"; do
    if wanted "$user"; then
      timed build_suite "$kind"
      suites="$suites $suite"
      return 0
    fi
  done
}

echo "seed $seed (SEED=$seed repeats the order)"
luas="lua_5_4 lua_luajit lua_5_1 lua_5_2 lua_5_3"
# shellcheck disable=SC2086
build_for strict c_plain c_valgrind $luas
build_for asan c_asan lua_asan
build_for fuzz fuzz
build_for torture torture
start lua_asan 900
start c_asan 300
start style 60
start luacheck 60
start c_plain 300
for suite in $luas; do
  start "$suite" 900
done
start torture 900
start c_valgrind 900
start install 900
start fuzz 300
wait

for suite in $suites; do
  report "$suite"
done
echo "$total_passed passed, $total_failed failed"
[ "$total_failed" = 0 ] && [ "$total_passed" -gt 0 ]
exit $?
