#!/usr/bin/env bash
# Verifies pipewarden's evidence in a folder, with openssl, jq and sha256sum alone:
#
#   verify.sh DIR public-key.pem [another-key.pem ...]
#
# It prints what is wrong, one line each: what, and the name of the object or the day. README.md says what the words mean.
# Exit codes: 0 all is well, 1 something is wrong, 2 it could not be done. It takes bash 4, GNU coreutils and findutils.
set -euo pipefail
export LC_ALL=C

die() { echo "verify.sh: $*" >&2; exit 2; }
[ $# -ge 2 ] || die "the folder and the public key expected: verify.sh DIR public-key.pem"
for tool in openssl jq sha256sum find date cmp; do command -v "$tool" >/dev/null || die "$tool is missing"; done
here=$(cd "$(dirname "$0")" && pwd)
dir=$1; shift

# The keys, by their fingerprints.
declare -A keys
for key in "$@"; do
  openssl pkey -pubin -in "$key" -noout 2>/dev/null || die "$key: it is no public key in PEM"
  keys[$(openssl pkey -pubin -in "$key" -outform DER | sha256sum | cut -c1-64)]=$(realpath "$key")
done
cd "$dir" || die "$dir: no such folder"

tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
: >"$tmp/wrong"; : >"$tmp/pending"; : >"$tmp/named"
wrong() { echo "$1 $2" >>"$tmp/wrong"; }
number() { echo $(( $(date -u -d "$1" +%s) / 86400 )); }
day() { date -u -d "@$(( $1 * 86400 ))" +%F; }
is_day() { [ "$(date -u -d "$1" +%F 2>/dev/null)" = "$1" ]; }
gap() { # from the number of one day to that of another
  if [ "$1" -eq "$2" ]; then wrong gap "$(day "$1")"; elif [ "$1" -lt "$2" ]; then wrong gap "$(day "$1")..$(day "$2")"; fi
}
files() { if [ -e "$1" ]; then find "$1" \( -type f -o -type l \) -not -path '*/.*' | sort; fi; }

# As much of JSON Schema as the two schemas use. Their patterns all begin with ^ and end with $.
cat >"$tmp/fits.jq" <<'JQ'
def fits($root; $s): . as $v
  | (($s["$ref"] // "") as $ref | $ref == "" or fits($root; $root["$defs"][$ref | ltrimstr("#/$defs/")]))
  and ($s.type as $t | $t == null or $t == type or ($t == "integer" and type == "number" and . == floor))
  and (($s | has("enum") | not) or ($s.enum | any(. == $v)))
  and (($s | has("const") | not) or $s.const == $v)
  and (if type == "string" then ($s.pattern == null or test("\\A" + $s.pattern[1:-1] + "\\z")) and length >= ($s.minLength // 0)
    elif type == "number" then $s.minimum == null or . >= $s.minimum
    elif type == "array" then length >= ($s.minItems // 0) and ($s.items == null or all(.[]; fits($root; $s.items)))
    elif type == "object" then
      all(($s.required // [])[]; . as $k | $v | has($k)) and
      all(keys[]; . as $k | if ($s.properties // {}) | has($k) then $v[$k] | fits($root; $s.properties[$k]) else $s.additionalProperties != false end)
    else true end)
  and all(($s.allOf // [])[]; . as $part | $v | fits($root; $part))
  and (if $s | has("if") then
      if fits($root; $s["if"]) then ($s["then"] == null or fits($root; $s["then"])) else ($s["else"] == null or fits($root; $s["else"])) end
    else true end);
JQ
cat >"$tmp/records.jq" <<'JQ'
include "fits"; length == 1 and (.[0] | fits($schema[0]; $schema[0]))
JQ
cat >"$tmp/all.jq" <<'JQ'
include "fits"; [inputs | fits($schema[0]; $schema[0])] | if all then length else error("unfit") end
JQ
cat >"$tmp/manifest.jq" <<'JQ'
include "fits";
def day: gsub("/"; "-");
def real: . as $d | (try (strptime("%Y-%m-%d") | mktime | strftime("%Y-%m-%d")) catch "") == $d;
def ordered: . as $all | $all == ($all | unique);
length == 1 and (.[0] | fits($schema[0]; $schema[0])) and (.[0]
  | .day as $day
  | keys_unsorted == (["version", "day", "sealed", "key", "previous", "objects", "late", "keep", "note"] - (["late", "keep", "note"] - keys))
  and ($day | real) and $day == $is
  and (.previous == null or (.previous | keys_unsorted == ["day", "sha256"] and (.day | real) and .day < $day))
  and all((.objects + (.late // []))[]; keys_unsorted == ["key", "sha256", "size"])
  and ([.objects[].key] | ordered) and ([(.late // [])[].key] | ordered)
  and all(.objects[].key; .[8:18] | day == $day)
  and all((.late // [])[].key; .[8:18] | day | real and . < $day))
JQ
schema() { # the program, the schema, the file, and the day of a manifest
  jq -e -s -L "$tmp" --slurpfile schema "$here/$2" --arg is "${4:-}" -f "$tmp/$1" "$3" >/dev/null 2>&1
}

# The manifests, by their names.
while IFS= read -r file; do
  name=${file#manifests/}
  if [[ $name =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}\.(json|sig)$ ]] && is_day "${name%.*}"; then
    case $name in
      *.json) echo "${name%.*}" >>"$tmp/days" ;;
      *.sig) [ -e "manifests/${name%.*}.json" ] || wrong missing "manifests/${name%.*}.json" ;;
    esac
  else
    wrong added "$file"
  fi
done < <(files manifests)
[ -s "$tmp/days" ] || die "$dir: there is no manifest"
first=$(head -n1 "$tmp/days"); last=$(tail -n1 "$tmp/days")

# What lies among the records, by the days of their folders.
while IFS= read -r file; do
  if [[ $file =~ ^records/([0-9]{4})/([0-9]{2})/([0-9]{2})/[0-9]{6}-[0-9a-f]{16}\.json$ ]]; then
    of="${BASH_REMATCH[1]}-${BASH_REMATCH[2]}-${BASH_REMATCH[3]}"
    if is_day "$of"; then echo "$of $file" >>"$tmp/records"; continue; fi
  fi
  wrong added "$file"
done < <(files records)
touch "$tmp/records"
while read -r of file; do
  if [[ $of < $first ]]; then echo "$file" >>"$tmp/pending"; elif [[ $of > $last ]]; then echo "$of" >>"$tmp/open"; fi
done <"$tmp/records"

# Whether the time is over for which an object was to be kept: from then on the bucket may take it away.
today=$(number "$(date -u +%F)"); expired=0; keep=""
over() { [ -n "$keep" ] && [ "$today" -gt $(( $(number "$(cut -c9-18 <<<"$1" | tr / -)") + keep )) ]; }

# The objects that a manifest names, each with its hash and size. What is as it is to be is held to the schema, all at once, and one by one where
# one of them does not fit.
check() {
  local name hash size
  : >"$tmp/sound"
  while read -r name hash size; do
    if [ ! -e "$name" ]; then
      if over "$name"; then expired=$((expired + 1)); else wrong missing "$name"; fi
      continue
    fi
    local told=${name##*-}; told=${told%.json}
    if [ "$hash  $name" = "$(sha256sum "$name")" ] && [ "$(stat -L -c %s "$name")" = "$size" ] && [ "${hash:0:16}" = "$told" ]; then
      echo "$name" >>"$tmp/sound"
    else
      wrong altered "$name"
    fi
  done
  [ -s "$tmp/sound" ] || return 0
  if xargs -d '\n' -n 500 jq -e -n -L "$tmp" --slurpfile schema "$here/record.schema.json" -f "$tmp/all.jq" <"$tmp/sound" >"$tmp/fit" 2>/dev/null &&
    [ "$(awk '{ n += $1 } END { print n }' "$tmp/fit")" = "$(wc -l <"$tmp/sound")" ]; then return 0; fi
  while read -r name; do
    schema records.jq record.schema.json "$name" || wrong unfit "$name"
  done <"$tmp/sound"
}

before=""; objects=0
while read -r of; do
  manifest="manifests/$of.json"
  [ -z "$before" ] || gap $(( $(number "$before") + 1 )) $(( $(number "$of") - 1 ))
  if ! schema manifest.jq manifest.schema.json "$manifest" "$of" || ! jq -cj . "$manifest" | cmp -s - "$manifest"; then
    wrong unreadable "$manifest"; before=$of; continue
  fi
  { read -r key; read -r follows; read -r hash; read -r keep; read -r note; } < <(jq -r '.key, .previous.day // "", .previous.sha256 // "", .keep // "", .note // ""' "$manifest")
  [ -z "$note" ] || echo "note: $of: $note"
  # The signature.
  key=${keys[$key]:-}
  if [ ! -e "manifests/$of.sig" ]; then
    wrong unsigned "$manifest"
  elif [ -z "$key" ] || ! openssl dgst -sha256 -verify "$key" -signature "manifests/$of.sig" "$manifest" >/dev/null 2>&1; then
    wrong forged "$manifest"
  fi
  # The chain.
  if [ -z "$follows" ]; then
    [ -z "$before" ] || wrong unchained "$manifest"
  elif [ -z "$before" ]; then
    wrong gap "$follows"
  elif [[ $follows < $before ]]; then
    wrong unchained "$manifest"
  elif [ "$follows" = "$before" ] && [ "$(sha256sum <"manifests/$before.json" | cut -c1-64)" != "$hash" ]; then
    wrong unchained "$manifest"
  fi
  before=$of
  # The objects.
  jq -r '(.objects + (.late // []))[] | "\(.key) \(.sha256) \(.size)"' "$manifest" >"$tmp/today"
  cut -d' ' -f1 "$tmp/today" >>"$tmp/named"
  awk -v of="$of" '$1 == of { print substr($0, length(of) + 2) }' "$tmp/records" >>"$tmp/pending"
  check <"$tmp/today"
  objects=$((objects + $(wc -l <"$tmp/today")))
done <"$tmp/days"

# What no manifest names, and days that ought to be sealed: when something was written on a day, the one before the day before was over for long.
{ grep -vxFf "$tmp/named" "$tmp/pending" || true; } | while IFS= read -r name; do wrong added "$name"; done
if [ -s "$tmp/open" ]; then
  ought=$(( $(number "$(tail -n1 "$tmp/open")") - 2 ))
  gap $(( $(number "$last") + 1 )) "$ought"
  sort -u "$tmp/open" | while read -r of; do [ "$(number "$of")" -le "$ought" ] || echo "note: $of: not sealed yet"; done
fi

sort -u "$tmp/wrong"
[ "$expired" -eq 0 ] || echo "note: $expired objects are gone: the time was over for which they were to be kept"
echo "$first to $last: $(wc -l <"$tmp/days") manifests, $objects objects, $(sort -u "$tmp/wrong" | wc -l) wrong"
[ ! -s "$tmp/wrong" ]
