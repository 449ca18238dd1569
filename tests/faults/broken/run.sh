#!/usr/bin/env bash
# Takes one safeguard out at a time, and succeeds only if the tests that hold it then fail.
#
#   tests/faults/broken/run.sh              every safeguard
#   tests/faults/broken/run.sh fence intent these
#
# The head of a patch says what it takes out, and names tests that must fail without it. Patches are applied to a
# copy of the tree, as it is staged. The copy has a target directory of its own: cargo cannot tell two copies of a
# workspace apart, and would reuse what was built without a safeguard.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
work=$root/target/broken
tree=$work/tree

export CARGO_TARGET_DIR=$work/target
# More than every test run plays: what is broken must not hide between the points and seeds of a sample.
export SEEDS=40 HISTORIES=8 EVERY=points,forms,outages
# The long tests too; those with the official SDKs need more than cargo.
readonly whole=(--include-ignored --skip clients::sdk)
# The copy lies within a repository and is none: its paths are its own.
export GIT_CEILING_DIRECTORIES=$work

# The tests that a patch names, as lines of "suite test".
named() {
    sed -n 's/^Fails: //p' "$here/$1.patch"
}

# The suites of some patches, as cargo's arguments, into `suites`.
suites_of() {
    local name suite
    suites=()
    while read -r suite; do suites+=(--test "$suite"); done < <(
        for name in "$@"; do named "$name"; done | cut -d' ' -f1 | sort -u
    )
}

# With every safeguard in its place nothing fails: otherwise a failure would say nothing.
control() {
    local log=$work/control.log
    suites_of "$@"
    (cd "$tree" && cargo test --workspace "${suites[@]}" -- "${whole[@]}") >"$log" 2>&1 || {
        echo "the tests fail with everything in its place ($log)"
        return 1
    }
}

# Runs the suites that notice, without one safeguard. Fails where the patch no longer fits, does not compile, or is
# not noticed by all of them.
take_out() {
    local name=$1 log=$work/$1.log missed=0 suite test
    git -C "$tree" apply "$here/$name.patch" || { echo "$name: the patch no longer applies"; return 1; }
    suites_of "$name"
    if (cd "$tree" && cargo test --workspace "${suites[@]}" --no-run) >"$log" 2>&1; then
        (cd "$tree" && cargo test --workspace "${suites[@]}" --no-fail-fast -- "${whole[@]}") >"$log" 2>&1 || true
        echo "$name: without it these fail:"
        sed -n 's/^test \([^ ]*\) .*FAILED$/  \1/p' "$log" | sort -u
        while read -r suite test; do
            grep -q "^test $test .*FAILED$" "$log" || { echo "$name: nobody noticed in $suite $test ($log)"; missed=1; }
        done < <(named "$name")
    else
        echo "$name: it does not compile without it ($log)"
        missed=1
    fi
    git -C "$tree" apply --reverse "$here/$name.patch"
    return "$missed"
}

rm -rf "$tree"
mkdir -p "$tree"
git -C "$root" checkout-index --all --prefix="$tree/"

names=("$@")
if [[ ${#names[@]} -eq 0 ]]; then
    for patch in "$here"/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi
control "${names[@]}"
verdict=0
for name in "${names[@]}"; do take_out "$name" || verdict=1; done
exit "$verdict"
