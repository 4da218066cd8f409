# Sourced by the scripts behind npm test, check, bench and quickstart: from a bare clone to a tree
# that can be used.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export PATH="$PWD/node_modules/.bin:$PATH"

install_dependencies() {
  node .config/dependencies-current.mjs && return
  echo '== npm ci'
  npm ci --engine-strict
}

# install_tools TOOL:PACKAGE… installs the Debian packages of what is missing, where it may.
install_tools() {
  local pair packages=()
  for pair in "$@"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null || packages+=("${pair##*:}")
  done
  ((${#packages[@]})) || return 0
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "not installed, and not root on Debian: ${packages[*]}" >&2
    return 1
  fi
  echo "== apt-get install ${packages[*]}"
  apt-get update -q </dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}" </dev/null
}
