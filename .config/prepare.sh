# Sourced by check.sh and test.sh: from a bare clone to a tree that can be checked and tested.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export PATH="$PWD/node_modules/.bin:$PATH"

install_dependencies() {
  node .config/dependencies-current.mjs && return
  echo '== npm ci'
  npm ci --engine-strict
}
