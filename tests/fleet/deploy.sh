#!/usr/bin/env bash
# Whether what runs workers elsewhere is well-formed: YAML, Docker Compose, Kubernetes (its own schemas) and KEDA (the members that its
# definition names). deploy.sh tools/fleet
set -euo pipefail
cd "$1"
skipped=
has() { command -v "$1" >/dev/null || { skipped="$skipped $1"; return 1; }; }
PATH=$OLDPWD/build/lint/bin:$PATH
if has yamllint; then
    yamllint -d '{extends: default, rules: {line-length: {max: 140}, document-start: disable, comments: {min-spaces-from-content: 2}}}' ./*.yaml
fi
if has docker-compose; then
    docker-compose -f compose.yaml config -q
    composed=$(docker-compose -f compose.yaml config)
    grep -q 'stop_grace_period: 2m' <<<"$composed" || { echo "compose: a worker has no time to finish"; exit 1; }
fi
if has kubernetes-validate; then
    said=$(kubernetes-validate --strict kubernetes.yaml 2>&1) || { echo "$said"; exit 1; }
    grep -q 'passed for resource deployment/alfa-worker' <<<"$said" || { echo "$said"; exit 1; }
fi
python3 -c 'import yaml' 2>/dev/null || skipped="$skipped python3-yaml"
python3 - <<'END'
try:
    import yaml
except ImportError:
    raise SystemExit
deployment, login, scaled = yaml.safe_load_all(open("kubernetes.yaml"))
spec = scaled["spec"]
assert set(spec) <= {"scaleTargetRef", "pollingInterval", "cooldownPeriod", "idleReplicaCount", "minReplicaCount", "maxReplicaCount", "advanced", "fallback", "triggers"}, spec
assert spec["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
trigger, = spec["triggers"]
assert trigger["type"] == "rabbitmq" and all(isinstance(v, str) for v in trigger["metadata"].values()), trigger
assert trigger["metadata"]["queueName"] == "alfa.jobs" and trigger["metadata"]["mode"] == "QueueLength"
assert trigger["authenticationRef"]["name"] == login["metadata"]["name"]
assert {k: login["spec"]["secretTargetRef"][0][k] for k in ("parameter", "name", "key")} == {"parameter": "host", "name": "rabbit", "key": "host"}
END
[ -z "$skipped" ] || { echo "SKIPPED: not looked at for want of$skipped"; exit 77; }
echo "deploy: all as it should be"
