# A RabbitMQ broker of the test's own, to be sourced: in $work, with a node name, ports and an Erlang cookie of its own, two
# users and three fleets with queues that are soon full. open_broker, close_broker, kill_broker; $port and $tls_port are where it listens.
RABBIT=/usr/lib/rabbitmq/bin/rabbitmq-server
command -v amqp-publish >/dev/null && [ -x "$RABBIT" ] ||
    { echo "SKIPPED: rabbitmq-server and amqp-tools are not installed"; exit 77; }

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { # below those that the system gives to others
    local at=$((20000 + ($$ * 7 + $1) % 12000))
    while is_open $at; do at=$((at + 1)); done
    echo $at
}
port=$(free_port 0) tls_port=$(free_port 1000) dist_port=$(free_port 2000) epmd_port=$(free_port 3000)
broker=

# patient SECONDS COMMAND...: until the command succeeds, at most so long on a machine that has nothing else to do; with N others waiting
# for each of its processors 1 + N times as long.
patient() {
    local most=$1 begin=$SECONDS crowd; shift
    until "$@"; do
        sleep 0.1
        crowd=$(awk -v processors="$(nproc)" '{ print 1 + int($1 / processors) }' /proc/loadavg)
        [ $((SECONDS - begin)) -lt $((most * crowd)) ] || return 1
    done
}

settle_broker() {
    mkdir -p "$work/rabbit"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
    echo '[].' >"$work/rabbit/plugins"
    cat >"$work/rabbit/rabbit.conf" <<END
listeners.tcp.1 = 127.0.0.1:$port
listeners.ssl.1 = 127.0.0.1:$tls_port
ssl_options.certfile = $work/cert.pem
ssl_options.keyfile = $work/key.pem
load_definitions = $work/rabbit/definitions.json
log.console = true
log.console.level = error
vm_memory_high_watermark.relative = 0.8
disk_free_limit.absolute = 1MB
END
    cat >"$work/rabbit/definitions.json" <<'END'
{"vhosts": [{"name": "/"}],
 "users": [{"name": "guest", "password": "guest", "tags": ["administrator"]}, {"name": "line", "password": "the right one", "tags": []}],
 "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
                 {"user": "line", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
 "policies": [{"vhost": "/", "name": "small", "pattern": "^small\\.jobs$", "apply-to": "queues", "definition": {"max-length": 5}}]}
END
}

# Replaces the shell that calls it.
broker_env() {
    exec env HOME="$work/rabbit" RABBITMQ_NODENAME="alfa$$@localhost" RABBITMQ_MNESIA_BASE="$work/rabbit/mnesia" \
        RABBITMQ_LOG_BASE="$work/rabbit/log" RABBITMQ_CONFIG_FILE="$work/rabbit/rabbit" RABBITMQ_PID_FILE="$work/rabbit/pid" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$work/rabbit/plugins" RABBITMQ_DIST_PORT="$dist_port" ERL_EPMD_PORT="$epmd_port" \
        ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_CONF_ENV_FILE=/dev/null "$@"
}

# Tells the broker that runs.
broker_ctl() { (broker_env "${RABBIT%-server}ctl" -q "$@") >>"$work/broker.log" 2>&1; }

# Returns at once; wait_for_broker waits.
begin_broker() {
    (broker_env setsid "$RABBIT") >>"$work/broker.log" 2>&1 & # the leader of a group, which can be ended as one
    broker=$!
}

# One that was starved while it started may give up by itself (its log: file_ctrl_process_not_started): it is started again.
wait_for_broker() {
    local try
    for try in 1 2 3; do
        patient 60 is_up_or_gone && kill -0 $broker 2>/dev/null && return 0
        kill -0 $broker 2>/dev/null && break
        begin_broker
    done
    echo "the broker does not start:"; tail -20 "$work/broker.log"
    return 1
}
is_up_or_gone() { { is_open $port && is_open $tls_port; } || ! kill -0 $broker 2>/dev/null; }

open_broker() { begin_broker; wait_for_broker; }
close_broker() { # as an operator does
    kill -TERM $broker 2>/dev/null || true
    wait $broker 2>/dev/null || true
    while is_open $port; do sleep 0.1; done
    broker=
}
kill_broker() {
    [ -z "$broker" ] || kill -9 -- -$broker 2>/dev/null || true
    local _
    for _ in $(seq 100); do # as long as it believes that the broker lives
        ERL_EPMD_PORT=$epmd_port epmd -port "$epmd_port" -kill 2>&1 | grep -q 'living nodes' || break
        sleep 0.1
    done
}
