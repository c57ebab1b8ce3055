#!/usr/bin/env bash
# alfa serve --amqp with a real broker: what workers judge is answered and kept as the server's own judgement would be; a broker
# that is away, or has no worker, is a 503 with Retry-After and needs no restart; what is told of the fleet is so.
#   serve.sh PROGRAM, from the root of the repository
set -euo pipefail
alfa=$(realpath "$1")
good=$PWD/examples/images/plate
model=$PWD/tests/data/models/openclip-gelu
work=$(mktemp -d)
command -v curl >/dev/null || { echo "SKIPPED: curl is not installed"; exit 77; }
. tests/fleet/broker.sh
mine=()
trap 'kill -9 "${mine[@]}" 2>/dev/null || true; kill_broker; rm -rf "$work"' EXIT
cd "$work"
export XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive ALFA_DATA=$OLDPWD
mkdir -p cache/alfa banks; : >cache/alfa/alfa-tiny.introduced
url=amqp://127.0.0.1:$port

fail() {
    echo "fleet/serve: $*"
    for file in *.log; do [ ! -s $file ] || { echo "-- $file"; tail -8 $file | cut -c1-300; }; done
    exit 1
}
until_true() { # what COMMAND...
    local what=$1; shift
    patient 90 "$@" || fail "$what"
}
said() { grep -q -- "$1" "$2"; }
serve() { # NAME OPTION...: $at is its address
    local name=$1; shift
    "$alfa" serve -m "$model" --port 0 --data store-$name "$@" 2>$name.log & mine+=($!) last=$!
    until_true "$name starts" said 'ready at' $name.log
    at=$(sed -n 's/.*ready at \(http:[^ ]*\)\/ .*/\1/p' $name.log)
}
worker() { # NAME
    : >$1.log
    "$alfa" worker -m "$model" --threads 1 --banks banks --amqp $url 2>$1.log & mine+=($!) last=$!
    until_true "$1 starts" said 'working for' $1.log
}
stop() { kill -TERM $1; wait $1 || fail "ends with $?"; }
post() { curl -s -D head -o "$1" -w '%{http_code}' "${@:2}"; } # FILE OPTION...: the answer there, its status printed
is_away() { [ "$(post body -F image=@"$good/chip.jpg" -F class=plate $far/v1/detect)" = 503 ]; }
is_there() { [ "$(post body -F image=@"$good/chip.jpg" -F class=plate $far/v1/detect)" = 200 ]; }
metric() { curl -s $far/metrics | sed -n "s/^$1 //p"; }

# Away at the start: it serves, says so once, and refuses pictures.
settle_broker
serve far --amqp $url --share banks; far=$at server=$last
said 'cannot be reached.*trying again' far.log || fail "does not say that the broker is away"
until_true "refused while the broker is away" is_away
grep -qi '^Retry-After: 1' head && grep -q '"code":"away".*the broker is away' body || fail "away: $(cat head body)"
[ "$(post body $far/readyz)" = 503 ] || fail "ready without a broker"
[ "$(metric alfa_fleet_up)" = 0 ] || fail "says that the broker is there"
begin_broker
serve near; near=$at local=$last
wait_for_broker || fail "no broker"
until_true "connected" said ': connected' far.log
is_away; grep -q 'has no worker' body || fail "nobody works: $(cat body)"
worker one; first=$last
until_true "judges when a worker is there" is_there
worker two; second=$last
until_true "counts two workers" eval '[ "$(metric alfa_fleet_workers)" = 2 ]'
[ "$(metric alfa_fleet_up) $(metric alfa_fleet_waiting)" = "1 0" ] || fail "metrics: $(curl -s $far/metrics | grep fleet)"

# The same answers, and the same in the store.
"$alfa" learn "$good"/good_1.jpg "$good"/good_2.jpg --class plate -m "$model" -o plate.bank >/dev/null 2>&1 || fail "no bank"
printf '[normal]\na plate\n[abnormal]\na broken plate\n' >own.txt
printf 'no picture' >none.jpg
for to in $near $far; do
    [ "$(post body -F bank=@plate.bank $to/v1/banks)" = 202 ] || fail "bank: $(cat body)"
    until_true "bank is ready" eval 'curl -s $to/v1/banks | grep -q "\"state\":\"ready\""'
done
same() { # STATUS OPTION...
    local status=$1 a b; shift
    a=$(post near.json "$@" $near/v1/detect) b=$(post far.json "$@" $far/v1/detect)
    [ "$a $b" = "$status $status" ] || fail "$*: $a, $b: $(cat near.json far.json)"
    sed -i -E 's/"(seconds|id|time)":[^,]*,//g; s/"id":[0-9]+//g; s/fd\/[0-9]+/fd/' near.json far.json
    sed -i -E 's/inspections\/[0-9]+/inspections\/N/g' near.json far.json
    cmp -s near.json far.json || { diff <(tr , '\n' <near.json) <(tr , '\n' <far.json) >&2 || true; fail "$*: not as this server would say"; }
}
same 200 -F image=@"$good/chip.jpg" -F class=plate
same 200 -F image=@"$good/chip.jpg" -F class=plate -F prompt_count=3 -F threshold=0.3 -F name='chip & so on.jpg'
same 200 -F image=@"$good/chip.jpg" -F class=plaet -F tiles=2
same 200 -F image=@"$good/good_1.jpg" -F class=plate -F method=winclip -F store=no
same 200 -F image=@"$good/good_1.jpg" -F class=plate -F "prompts=<own.txt"
same 200 -F image=@"$good/chip.jpg" -F bank=plate
same 422 -F image=@"$good/chip.jpg" -F class=plate -F prompts=nothing
same 400 -F image=@"$good/chip.jpg" -F class=$(printf %0300d 0)
same 422 -F image=@none.jpg -F class=plate
same 422 -F image=@"$good/chip.jpg" -F bank=unknown
[ -e banks/$(sha256sum plate.bank | cut -d' ' -f1).bank ] || fail "the bank is not where workers look"
map() { curl -s "$1$(curl -s "$1/v1/inspections?limit=1" | grep -o '/v1/inspections/[0-9]*/map.npy' | head -1)" | sha256sum; }
[ "$(map $near)" = "$(map $far)" ] || fail "another map is kept"
stop $local

# Many at once, while a worker is killed and the broker restarts: each is answered with 200 or refused, and what has a 200 is kept.
before=$(metric alfa_store_inspections)
for i in $(seq 12); do
    (for k in 1 2 3 4; do post body$i -F image=@"$good/chip.jpg" -F class=plate $far/v1/detect; echo; done >codes$i) & mine+=($!) askers+=($!)
done
sleep 0.3; kill -9 $second
close_broker; open_broker || fail "the broker does not come back"
wait "${askers[@]}" || fail "a request was lost"
cat codes* | grep -vx '200\|503' && fail "neither answered nor refused"
answered=$(cat codes* | grep -c 200) || true
[ "$(metric alfa_store_inspections)" = $((before + answered)) ] || fail "$answered were answered, kept are $before and then $(metric alfa_store_inspections)"
until_true "recovers" is_there
until_true "one worker is left" eval '[ "$(metric alfa_fleet_workers)" = 1 ]'
kill -0 $server || fail "the server has ended"

# Another model is not taken for this one; a bank cannot be sent without --share; both are said.
serve other -m "$ALFA_DATA/models/alfa-tiny" --amqp $url; other=$at
[ "$(post body -F image=@"$good/chip.jpg" -F class=plate $other/v1/detect)" = 500 ] && grep -q 'judges with the model' body || fail "another model: $(cat body)"
stop $last
stop $first; stop $server
got=0; "$alfa" serve -m "$model" --port 0 --data store-x --amqp amqp://line:wrong@127.0.0.1:$port 2>wrong.log || got=$?
[ $got = 2 ] && said 'refuses (403)' wrong.log || fail "a wrong password: $got"
echo "fleet/serve: all as it should be"
