# What the scripts in the root share: what must be installed, and the build. Sourced, never run.
# The sourcing script has set `root` to the project's folder and `set -euo pipefail`.
# shellcheck shell=bash disable=SC2154

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

say() { printf '%s\n' "$*" >&2; }

# True when a shared library of this name, of any version, can be loaded.
have_library() {
    local ldconfig
    ldconfig=$(command -v ldconfig || echo /sbin/ldconfig)
    [[ "$("$ldconfig" -p 2>/dev/null)" == *"$1.so"* ]]
}

# True when Debian packages can be installed without asking for a password.
can_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

# Installs Debian packages; the caller has checked can_install and holds the lock.
install_packages() {
    local -a as_root=()
    if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
    local log="$root/.build/apt.log"
    say "installing $*"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 && return 0
    {
        "${as_root[@]}" apt-get update &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    } >>"$log" 2>&1 && return 0
    tail -n 20 "$log" >&2
    return 1
}

# Stops, naming the one command to type, when the .NET 10 SDK or a native library is missing and cannot be installed here.
require_tools() {
    if ! command -v dotnet >/dev/null && [ -x "${HOME-}/.dotnet/dotnet" ]; then export PATH="$HOME/.dotnet:$PATH"; fi
    if ! command -v dotnet >/dev/null || [[ $'\n'"$(dotnet --list-sdks)" != *$'\n10.'* ]]; then
        say "The .NET 10 SDK is missing. Install it with:"
        say "    curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
        return 1
    fi
    local -a missing=()
    have_library librocksdb || missing+=(librocksdb7.8)
    have_library libsecp256k1 || missing+=(libsecp256k1-1)
    if [ "${#missing[@]}" -gt 0 ] && ! { can_install && install_packages "${missing[@]}"; }; then
        say "Native libraries are missing. Install them with:"
        say "    sudo apt-get update && sudo apt-get install -y ${missing[*]}"
        return 1
    fi
}

# A line that changes whenever something the build of these folders reads has changed: names, sizes, times.
sources_stamp() {
    find "$@" Directory.* global.json nuget.config NuGet.config \
        \( -name bin -o -name obj \) -prune -o -type f -printf '%p %s %T@\n' 2>/dev/null | LC_ALL=C sort | sha256sum || true
}

# Builds a project or solution in Release; says that it does, and shows the errors on failure.
# The lock's descriptor is closed, since a build server may outlive the build.
build_release() {
    local log="$root/.build/build.log"
    local -a options=(-c Release -v quiet)
    if [ "${CI-}" = true ]; then options+=(-p:RestoreLockedMode=true); fi
    say "building ${1%/*.csproj} (only when sources changed; this takes a moment)"
    if ! dotnet build "$1" "${options[@]}" >"$log" 2>&1 9>&-; then
        cat "$log" >&2
        say "the build failed"
        return 1
    fi
}

# Runs a function while holding the project's lock, so that two scripts neither install nor build at once.
with_lock() {
    mkdir -p "$root/.build"
    (
        flock 9
        "$@"
    ) 9>"$root/.build/lock"
}
