#!/usr/bin/env bash
# Runs a command as a user without any privilege, who sees this machine's files as they are and whose writes
# are thrown away: ordinary_user.sh COMMAND...
#
# Needs root, to become somebody else. Exit code 77, with the reason, where it cannot.
set -euo pipefail

skip() { echo "no other user here: $*" >&2; exit 77; }
[ "$(id -u)" = 0 ] || skip "only root can become somebody else"

if [ "${1:-}" != --inside ]; then
    exec unshare --mount --propagation private "$0" --inside "$@" || skip "unshare fails"
fi
shift

# The folders that only root may enter or write to, with a layer above them in memory.
layer=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$layer" || skip "nothing can be mounted"
target=${CARGO_TARGET_DIR:?}
mkdir -p "$layer"/{upper,work}
mount -t overlay overlay -o "lowerdir=$HOME,upperdir=$layer/upper,workdir=$layer/work" "$HOME" || skip "there is no overlay file system"
case $target in
    "$HOME"/*) ;;
    *) skip "the target folder is not below $HOME" ;;
esac
cargo=${CARGO_HOME:-$HOME/.cargo}
chmod 755 "$HOME"
chmod 777 "$target" "$target/debug" "$target/grading"
# What cargo writes even when there is nothing to build.
find "$target/debug" -maxdepth 1 \( -name .cargo-lock -o -name '*.d' -o -name 'libcommon*' \) -exec chmod 666 {} +
find "$target" -maxdepth 1 -name '*.lock' -exec chmod 666 {} +
[ ! -d "$cargo" ] || find "$cargo" -maxdepth 1 \( -name '.package-cache*' -o -name '.global-cache' \) -exec chmod 666 {} +
cd "$PWD"
exec setpriv --reuid 60123 --regid 60123 --clear-groups --bounding-set -all --inh-caps -all --no-new-privs "$@"
