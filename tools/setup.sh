#!/usr/bin/env bash
# Installs what the project needs, says what it does, and can be run again at any time: what is there is left alone.
#
#   tools/setup.sh [build] [test] [examples] [bench] [integration] [flink] [kafka] [pubsub]     default: build
#
# build     compiler, libraries, and .venv with the packages of tools/requirements.txt
# test      also GoogleTest and clang (sanitizers, fuzzers, clang-format, clang-tidy)
# examples  also the packages of tools/requirements-examples.txt
# bench     also the packages of tools/requirements-bench.txt, and the peers of benchmarks/serving
# integration  for each tests/NAME/requirements.txt a .venv-NAME of its own, because Beam, fakesnow and the servers want
#              versions that exclude each other; and fake-gcs-server into .cache/tools where Go is
# flink     what tests/flink starts: .venv-flink, .venv-python for the kernel's wheel, the jars of Beam's job server and of Kafka in .cache/flink, a Pub/Sub server
# kafka     what tests/kafka starts: the jars of Kafka in .cache/flink, kcat, which writes and reads topics, and .venv-kafka with
#           confluent-kafka's serializers
# pubsub    what tests/pubsub starts: .venv-pubsub, and a Pub/Sub server into .cache/tools where Go is
set -euo pipefail
cd "$(dirname "$0")/.."

readonly build_packages=(
  make g++ cmake ninja-build ccache mold ca-certificates git
  libfmt-dev nlohmann-json3-dev libyaml-dev libcli11-dev zlib1g-dev libzstd-dev librocksdb-dev
  libboost1.81-dev libssl-dev librdkafka-dev libhiredis-dev libsqlite3-dev
  libgrpc++-dev libprotobuf-dev libprotoc-dev protobuf-compiler protobuf-compiler-grpc
  python3 python3-venv
)
readonly integration_packages=(redis-server)
readonly bench_packages=(nginx-light redis-server liblmdb-dev)
readonly kafka_packages=(openjdk-17-jre-headless maven kcat)
readonly flink_packages=(redis-server openjdk-17-jre-headless maven)
readonly test_packages=(libgtest-dev clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19)

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 3
}

is_installed() {
  case $1 in
    python3) command -v python3 >/dev/null ;;  # Any python3 will do, not only the one of the distribution.
    python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null ;;
    make | git | ccache | mold | cmake) command -v "$1" >/dev/null ;;
    openjdk-17-jre-headless) command -v java >/dev/null ;;
    maven) command -v mvn >/dev/null ;;
    *) [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
  esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "installing packages needs root or sudo; please run as root: $*"
  fi
}

install_packages() {
  local missing=() package
  if ! command -v apt-get >/dev/null; then
    say "this is not a Debian or Ubuntu system; make sure that these are there under their local names: $*"
    return
  fi
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  if [ ${#missing[@]} = 0 ]; then
    say "system packages: all $# are there"
    return
  fi
  say "installing system packages: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

make_venv() {
  local venv=$1
  if "$venv/bin/python" -c 'import pip' 2>/dev/null; then return; fi
  command -v python3 >/dev/null || fail "python3 is missing"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed, found $(python3 --version)"
  say "making $venv"
  rm -rf "$venv"
  python3 -m venv "$venv"
}

# Installs a requirements file into a venv unless the very same text has been installed before.
install_requirements() {
  local venv=$1 file=$2 stamp digest
  stamp=$venv/$(basename "$file").sha256
  digest=$(sha256sum <"$file" | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ]; then
    say "$file: installed in $venv"
    return
  fi
  say "installing $file into $venv"
  local tries=1
  until "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$file" >&2; do
    [ $tries -lt 3 ] || fail "pip could not install $file"
    say "pip failed; trying again"
    sleep $((tries * 5))
    tries=$((tries + 1))
  done
  echo "$digest" >"$stamp"
}

# A server that speaks Cloud Storage's protocol, for tests/remote; without Go those tests say that they are skipped.
readonly fake_gcs_server=github.com/fsouza/fake-gcs-server@v1.56.1
make_fake_gcs_server() {
  local folder=$PWD/.cache/tools
  if [ -x "$folder/fake-gcs-server" ]; then
    say "fake-gcs-server: there"
  elif ! command -v go >/dev/null; then
    say "Go is not installed: the tests of gs:// will be skipped"
  else
    say "building $fake_gcs_server into .cache/tools (a minute or two)"
    GOBIN=$folder GOFLAGS=-modcacherw GOTOOLCHAIN=local go install "$fake_gcs_server" >&2 ||
      say "it could not be built: the tests of gs:// will be skipped"
  fi
}

# The class path that a pom of tests/flink/poms lists, in a folder named by the pom's digest.
make_class_path() {
  local name=$1 pom=$PWD/tests/flink/poms/$1.xml digest folder
  digest=$(sha256sum <"$pom" | cut -c1-16)
  folder=$PWD/.cache/flink/$name-$digest
  if [ -d "$folder" ]; then
    say "jars of $name: there"
    return
  fi
  say "fetching the jars of $name into .cache/flink (a minute)"
  rm -rf "$folder.unfinished"
  local tries=1
  until mvn -q -B -ntp -f "$pom" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    "-DoutputDirectory=$folder.unfinished" -DincludeScope=runtime >&2; do
    [ $tries -lt 3 ] || fail "Maven could not fetch the jars of $pom"
    say "Maven failed; trying again"
    tries=$((tries + 1))
  done
  mv "$folder.unfinished" "$folder"
}

# A server that speaks Pub/Sub's protocol, for tests/flink and tests/pubsub; without Go those tests say that they are skipped.
make_pubsub_server() {
  local source=$PWD/tests/flink/pubsub_server target=$PWD/.cache/tools/pubsub-server
  if [ -x "$target" ] && [ "$target" -nt "$source/main.go" ] && [ "$target" -nt "$source/go.sum" ]; then
    say "pubsub-server: there"
  elif ! command -v go >/dev/null; then
    say "Go is not installed: the tests of Pub/Sub will be skipped"
  else
    say "building tests/flink/pubsub_server into .cache/tools (a minute)"
    (cd "$source" && GOFLAGS=-modcacherw GOTOOLCHAIN=local go build -o "$target" .) >&2 ||
      say "it could not be built: the tests of Pub/Sub will be skipped"
  fi
}

packages=("${build_packages[@]}")
is_integration=""
is_flink=""
is_kafka=""
is_pubsub=""
requirements=(tools/requirements.txt)
for group in "${@:-build}"; do
  case $group in
    build) ;;
    test) packages+=("${test_packages[@]}") ;;
    examples) requirements+=(tools/requirements-examples.txt) ;;
    bench)
      packages+=("${bench_packages[@]}")
      requirements+=(tools/requirements-bench.txt)
      ;;
    integration)
      is_integration=yes
      packages+=("${integration_packages[@]}")
      ;;
    flink)
      is_flink=yes
      packages+=("${flink_packages[@]}")
      ;;
    kafka)
      is_kafka=yes
      packages+=("${kafka_packages[@]}")
      ;;
    pubsub) is_pubsub=yes ;;
    *)
      say "unknown group '$group'; the groups are build, test, examples, bench, integration, flink, kafka and pubsub"
      exit 2
      ;;
  esac
done

install_packages "${packages[@]}"
make_venv .venv
for file in "${requirements[@]}"; do install_requirements .venv "$file"; done
if [ -n "$is_integration" ]; then
  for file in tests/*/requirements.txt; do
    name=$(basename "$(dirname "$file")")
    case $name in flink | kafka | pubsub) continue ;; esac # Groups of their own.
    make_venv ".venv-$name"
    install_requirements ".venv-$name" "$file"
  done
  make_fake_gcs_server
fi
if [ -n "$is_flink" ]; then
  for name in flink python; do  # The second builds the wheel of the kernel.
    make_venv ".venv-$name"
    install_requirements ".venv-$name" "tests/$name/requirements.txt"
  done
  make_class_path job-server
  make_class_path kafka
  make_pubsub_server
fi
if [ -n "$is_kafka" ]; then
  make_venv .venv-kafka
  install_requirements .venv-kafka tests/kafka/requirements.txt
  make_class_path kafka
fi
if [ -n "$is_pubsub" ]; then
  make_venv .venv-pubsub
  install_requirements .venv-pubsub tests/pubsub/requirements.txt
  make_pubsub_server
fi
