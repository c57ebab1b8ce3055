#!/usr/bin/env bash
# alfa watch on real folders: what comes is judged once, whole, in order, and nothing is lost. watch.sh PROGRAM, from the
# root of the repository.
set -euo pipefail
alfa=$(realpath "$1")
root=$PWD
images=$PWD/tests/data/images/valid
model=$PWD/tests/data/models/openclip-gelu
work=$(mktemp -d)
job=
trap '[ -z "$job" ] || kill -9 $job 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
export XDG_STATE_HOME=$work/state XDG_CACHE_HOME=$work/cache OMP_WAIT_POLICY=passive

fail() { echo "watch: $*"; echo "-- lines"; cat lines; echo "-- messages"; cat messages; exit 1; }
# start OPTION...: on the folder in
start() {
    : >lines; : >messages
    "$alfa" watch in -c bottle -m "$model" --threshold 0 "$@" >lines 2>messages & job=$!
    say_for watching
}
stop() {
    kill -TERM $job; wait $job || fail "ends with $?"
    job=
}
# wait_for COUNT: lines on standard output
wait_for() {
    for _ in $(seq 300); do
        [ "$(wc -l <lines)" -ge "$1" ] && return
        sleep 0.1
    done
    fail "$1 lines do not come"
}
say_for() { # a message
    for _ in $(seq 100); do
        grep -q "$1" messages && return
        sleep 0.1
    done
    fail "does not say $1"
}
paths() { awk '{print $NF}' lines | tr '\n' ' '; }
names() { [ "$(paths)" = "$1 " ] || fail "$2: $(paths)"; }

# What lies there, by time; then what is closed or moved there, also in new folders.
mkdir -p in/sub
cp "$images/rgb.png" in/second.png; cp "$images/rgb.png" in/sub/first.png; cp "$images/rgb.png" in/.hidden.png; echo notes >in/notes.txt
touch -d '1 hour ago' in/second.png; touch -d '2 hours ago' in/sub/first.png
start --out seen
wait_for 2
names "in/sub/first.png in/second.png" "order by time"
got=0; timeout 20 "$alfa" watch in -c bottle -m "$model" >second.lines 2>second || got=$?
[ $got = 4 ] && grep -q "is the journal of another 'alfa watch' that runs" second && [ ! -s second.lines ] || fail "a second one on the folder: $got: $(cat second)"
cp "$images/grey.png" in/third.png
wait_for 3
{ head -c 100 "$images/rgb.png"; sleep 1.5; tail -c +101 "$images/rgb.png"; } >in/slow.png # half of it is no picture
wait_for 4
{ head -c 100 "$images/rgb.png"; sleep 3; tail -c +101 "$images/rgb.png"; } >in/pause.png & # while a new folder has all looked at
sleep 0.5; mkdir in/other; wait $!
wait_for 5
mkdir in/new; cp "$images/rgb.png" in/new/a.png
wait_for 6
cp "$images/rgb.png" elsewhere.png; mv elsewhere.png in/moved.png
wait_for 7
: >in/late.png; sleep 0.5; cat "$images/rgb.png" >in/late.png # made first, written then
wait_for 8
grep -q 'in/late.png' messages && fail "took an empty file"
: >in/void.png; say_for 'in/void.png: is empty'
cp "$images/rgb.png" in/scan.jp2; say_for 'in/scan.jp2: is a picture of a kind that is not read'
cp "$images/rgb.png" in/more.jp2
echo junk >in/damaged.png
say_for 'in/damaged.png: '
stop
names "in/sub/first.png in/second.png in/third.png in/slow.png in/pause.png in/new/a.png in/moved.png in/late.png" "what came"
grep -q 'in/slow.png\|in/pause.png' messages && fail "took half a picture"
grep -q 'in/more.jp2' messages && fail "says every picture that it passes over"
[ -f seen/report.html ] && [ -f seen/sub/first.png.png ] || fail "no report"
tail -1 messages | grep -q '10 images, 8 anomalies, 2 failed' || fail "counts"

# Once more: only what came meanwhile, and what has changed; the damaged one is not said again.
cp "$images/rgb.png" in/meanwhile.png; sleep 0.01; cp "$images/grey.png" in/third.png
start --json
wait_for 2
sleep 2
stop
[ "$(grep -o '"path": "[^"]*"' lines | sort | tr '\n' ' ')" = '"path": "in/meanwhile.png" "path": "in/third.png" ' ] || fail "restart"

# What has changed is another picture: the report keeps what was seen under its name, and the heat map.
cp seen/third.png.png third.seen
sleep 0.01; cp "$images/rgb.png" in/third.png
start --out seen
wait_for 1
stop
[ "$(grep -o '<a href="third[^"]*"' seen/report.html | sort | uniq -c | awk '{print $1}' | tr '\n' ' ')" = "1 1 " ] && cmp seen/third.png.png third.seen || fail "another picture under an old name: $(grep -o 'href="third[^"]*"' seen/report.html)"

# So do the maps, without a report too.
for i in rgb grey; do
    cp "$images/$i.png" in/again.png
    start --save-maps maps
    wait_for 1
    stop
done
[ "$(ls maps | tr '\n' ' ')" = "again.png-2.npy again.png.npy " ] && ! cmp -s maps/* || fail "maps of one name: $(ls maps)"

# Killed at any moment: every picture is judged at least once, and all but the one in work just once.
rm -rf in state; mkdir in
for i in $(seq 30); do cp "$images/rgb.png" in/$(printf %02d $i).png; done
: >all
judged() { cat all lines | awk '{print $NF}' | sort -u | wc -l; }
for _ in 1 2 3 4; do
    before=$(judged)
    start
    for _ in $(seq 300); do [ "$(judged)" -gt "$before" ] || [ "$before" = 30 ] && break; sleep 0.05; done
    kill -9 $job
    wait $job 2>/dev/null || true
    cat lines >>all
done
start
for _ in $(seq 300); do [ "$(judged)" = 30 ] && break; sleep 0.1; done
stop
cat lines >>all
[ "$(awk '{print $NF}' all | sort -u | wc -l)" = 30 ] || fail "lost one in a kill"
[ "$(wc -l <all)" -le 34 ] || fail "repeats: $(wc -l <all) lines"

# Several are looked at at once: lines, their order, journal and files are those of one thread.
for n in 1 3; do
    rm -rf in state; mkdir in
    for i in $(seq 10 27); do cp "$images/$([ $((i % 3)) = 0 ] && echo grey || echo rgb).png" in/$i.png; done
    echo junk >in/20.png
    for i in $(seq 10 27); do touch -d "$((100 - i)) minutes ago" in/$i.png; done
    start --json --out many$n --threads $n
    wait_for 18
    tasks=$(find /proc/$job/task -mindepth 1 -maxdepth 1 | wc -l)
    [ $n = 1 ] && alone=$tasks || [ "$tasks" -ge $((alone + 3)) ] || fail "does not look ahead: $alone tasks, and $tasks"
    kill -HUP $job; cp "$images/rgb.png" in/late.png; wait_for 19
    stop
    sed -E 's/"seconds": ?[^,}]*//' lines >lines$n
    grep -o '"path": *"[^"]*"' state/alfa/watch-*.jsonl >journal$n
done
cmp lines1 lines3 || fail "other lines with several threads"
[ "$(wc -l <journal1)" = 19 ] && cmp journal1 journal3 || fail "another journal with several threads"
for i in many1/*.png; do cmp "$i" "many3/${i#many1/}" || fail "other files with several threads"; done
grep -o '"path": "in/[0-9]*.png"' lines1 | sort -c || fail "order of many"

# More than the queue holds, looked at rather than told; moved to their places, where nothing is replaced.
rm -rf in state; mkdir -p in/line sorted/bad/line
echo old >sorted/bad/line/1.png
for i in $(seq 12); do cp "$images/rgb.png" in/line/$i.png; done
start --poll 0.3 --queue 3 --move-to sorted
wait_for 12
echo junk >in/x.png
say_for 'in/x.png: '
for _ in $(seq 50); do [ -f sorted/failed/x.png ] && break; sleep 0.1; done
stop
[ "$(find in -type f | wc -l)" = 0 ] || fail "left: $(find in -type f)"
[ "$(ls sorted/bad/line | wc -l)" = 13 ] && [ "$(cat sorted/bad/line/1.png)" = old ] && [ -s sorted/bad/line/1-2.png ] && [ -f sorted/failed/x.png ] ||
    fail "sorted: $(find sorted)"

# HEIC, where it is read at all, is taken as by alfa detect.
kinds=$images/../kinds
rm -rf in state; mkdir in
if "$alfa" detect "$kinds/ramp.heic" -c bottle -m "$model" -q >/dev/null 2>&1; then
    start
    cp "$kinds/ramp.heic" in/told.heic
    wait_for 1
    stop
fi

# A report is passed over as by alfa detect: an old one, one that is moved there, and what comes into a folder that became one.
[ -d seen/report_files ] || fail "no files of a report"
rm -rf in state; mkdir -p in/part in/grows/below; cp -r seen in/old
cp "$images/rgb.png" in/part/a.png
start
wait_for 1
cp -r seen whole; mv whole in/moved
mkdir in/grows/report_files; echo page >in/grows/report.html
cp "$images/rgb.png" in/grows/heat.png; cp "$images/rgb.png" in/grows/below/heat.png
cp "$images/rgb.png" in/part/b.png
wait_for 2
sleep 1.5
stop
names "in/part/a.png in/part/b.png" "reports"
"$alfa" watch seen -c bottle -m "$model" 2>messages && fail "watches a report"
grep -q 'seen: is a report' messages || fail "does not say that it is a report"

# To another file system.
if [ -d /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d .)" ]; then
    rm -rf in state; mkdir in; cp "$images/rgb.png" in/a.png
    other=$(mktemp -d /dev/shm/alfa-watch-XXXXXX)
    mkdir "$other/bad"; echo old >"$other/bad/a.png"
    start --move-to "$other"
    for _ in $(seq 100); do [ -e in/a.png ] || break; sleep 0.1; done
    stop
    [ ! -e in/a.png ] && [ "$(cat "$other/bad/a.png")" = old ] && cmp -s "$images/rgb.png" "$other/bad/a-2.png" ||
        { find "$other" in; rm -rf "$other"; fail "between file systems"; }
    { cat "$images/rgb.png"; head -c 9000 /dev/zero; } >in/b.png # more than may be written
    : >lines; : >messages
    (ulimit -S -f 4; exec "$alfa" watch in -c bottle -m "$model" --threshold 0 --no-cache --move-to "$other" >lines 2>messages) & job=$!
    say_for 'bad/b.png: cannot be written: File too large'
    prlimit --pid $job --fsize=unlimited
    say_for 'it can be written again: going on'
    stop
    [ ! -e in/b.png ] || fail "does not move when there is room again"
    rm -rf "$other"
fi

# Lines in a file of a disk that is full wait too, and stay whole.
rm -rf in state; mkdir in
for name in a b c; do cp "$images/rgb.png" in/$name.png; done
: >lines; : >messages
(ulimit -S -f 1; exec "$alfa" watch in -c bottle -m "$model" --threshold 0 --no-cache --json >lines 2>messages) & job=$!
say_for 'standard output: cannot be written: File too large'
prlimit --pid $job --fsize=unlimited
wait_for 3
stop
[ "$(grep -c '^{"path": "in/[abc].png".*}$' lines)" = 3 ] || fail "lines are not whole"

# A folder that goes and comes back; a journal that cannot be written, and then can; the bank read again.
rm -rf in state sorted; mkdir in; cp "$images/rgb.png" in/a.png
start --link-to sorted
wait_for 1
for _ in $(seq 50); do [ -e sorted/bad/a.png ] && break; sleep 0.1; done
[ "$(realpath sorted/bad/a.png)" = "$(realpath in/a.png)" ] || fail "no link"
mv in away; say_for 'in: is gone'
mv away in; say_for 'in: is back'
rm -rf state
cp "$images/grey.png" in/b.png
say_for 'waiting until it can be written'
mkdir -p state/alfa
cp "$images/grey.png" in/c.png
wait_for 3
stop
names "in/a.png in/b.png in/c.png" "after a full disk"

# Another folder under the name, of which the system tells nothing: a link that is laid elsewhere, a folder above that is
# moved away, a disk that is mounted below.
rm -rf in state; mkdir -p day1 day2 above/in/stick; ln -s day1 in
start
cp "$images/rgb.png" in/a.png
wait_for 1
ln -sfn day2 in; cp "$images/grey.png" in/b.png
say_for 'in: is another folder now'
wait_for 2
cp "$images/grey.png" in/c.png
wait_for 3
rm in; ln -s above/in in; cp "$images/rgb.png" in/d.png
wait_for 4
mv above gone; mkdir -p above/in; cp "$images/rgb.png" in/e.png
wait_for 5
stop
names "in/a.png in/b.png in/c.png in/d.png in/e.png" "in other folders"
if unshare -rm true 2>/dev/null; then
    rm -rf in state; mkdir -p in/stick; : >lines; : >messages
    unshare -rm bash -c '"$@" >lines 2>messages & job=$!
        until grep -q watching messages; do sleep 0.1; done; sleep 1
        mount -t tmpfs none in/stick; cp "$0" in/stick/a.png
        for _ in $(seq 100); do [ -s lines ] && break; sleep 0.1; done
        kill $job; wait $job' "$images/rgb.png" "$alfa" watch in -c bottle -m "$model" --threshold 0
    names "in/stick/a.png" "on a disk that was mounted"
fi
rm -rf in state; mkdir in; cp "$images/rgb.png" in/a.png

mkdir normal; cp "$images/rgb.png" "$images/grey.png" normal
"$alfa" learn normal -c bottle -m "$model" -o a.bank -q 2>/dev/null
: >lines; : >messages
"$alfa" watch in -m "$model" --bank a.bank >lines 2>messages & job=$!
say_for watching
echo no bank >a.bank; kill -HUP $job; say_for 'going on with the bank as it was'
rm a.bank
"$alfa" learn normal -c bottle -m "$model" -o a.bank -q 2>/dev/null
kill -HUP $job; say_for 'is used from now on'
stop

# Twenty anomalies in a row: not the parts but the station may have changed.
rm -rf in state; mkdir in; for i in $(seq 20); do cp "$images/rgb.png" in/$i.png; done
: >lines; : >messages
"$alfa" watch in -m "$model" --bank a.bank --threshold 0 >lines 2>messages & job=$!
say_for 'the last 20 are called anomalies. If most of them are good'
stop

# A bank of another class is another run of the report, and its pictures are compared with its own descriptions of damage.
rm -rf in state seen; mkdir in; cp "$images/rgb.png" in/a.png
for class in hazelnut leather; do "$alfa" learn normal -c $class -m "$model" --at 0 -o $class.bank -q 2>/dev/null; done
cp hazelnut.bank a.bank
: >lines; : >messages
"$alfa" watch in -m "$model" --bank a.bank --out seen >lines 2>messages & job=$!
wait_for 1
cp leather.bank a.bank; kill -HUP $job; say_for 'is used from now on'
cp "$images/grey.png" in/b.png
wait_for 2
stop
grep -q 'Inspection: hazelnut, leather' seen/report.html || fail "the report has one class"
[ "$(grep -c '^{"run"' seen/report_files/journal.jsonl)" = 2 ] || fail "the report has one run"
phrase_of() { # whether the report's card of a file has a phrase of a class
    grep "in/$1" seen/report_files/journal.jsonl | grep -qFf <(grep -v '^#' "$root/prompts/descriptors/$2.txt" | grep .)
}
grep -v '^#' "$root/prompts/descriptors/leather.txt" | grep . >of_leather
phrase_of a.png hazelnut || fail "a hazelnut is not described as one"
phrase_of b.png leather || fail "leather is not described as leather"
grep in/b.png seen/report_files/journal.jsonl | grep -qFf <(grep -v '^#' "$root/prompts/descriptors/hazelnut.txt" | grep . | grep -vxFf of_leather) &&
    fail "leather is described as a hazelnut"

# A table that is emptied while it is written to (logrotate's copytruncate) has its header again.
rm -rf in state; mkdir in; cp "$images/rgb.png" in/a.png; cp "$images/rgb.png" in/b.png
: >table; : >messages
"$alfa" watch in -c bottle -m "$model" --csv >>table 2>messages & job=$!
rows() { # COUNT
    for _ in $(seq 300); do [ "$(wc -l <table)" -ge "$1" ] && return; sleep 0.1; done
    fail "$1 rows do not come: $(cut -c1-60 table)"
}
rows 3; : >table
cp "$images/rgb.png" in/c.png; rows 2
[ "$(cut -d, -f1 table | tr '\n' ' ')" = "path in/c.png " ] || fail "a table that was emptied: $(cut -d, -f1 table)"
stop
echo "watch: all as it should be"
